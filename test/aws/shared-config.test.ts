import { expect, test } from "vitest";
import { parseSharedConfig } from "../../src/aws/shared-config.js";

const file = [
  "\uFEFF# comment",
  "[default]",
  "region = eu-west-1 # stays in the value",
  "[profile 'my role'] ; comment",
  "  Rolesanywhere_Role_Arn = arn:aws:iam::111122223333:role/x",
  "  credential_process = a = b",
  "services = local",
  "[services local]\r",
  "sts =\r",
  "  # comment",
  "  ENDPOINT_URL = http://127.0.0.1:1\r",
  "",
  "rolesanywhere =",
  "  endpoint_url = http://127.0.0.1:2/path=x",
  "[ignored]",
  "x = y",
].join("\n");

test("profiles, services and nested blocks read as botocore reads them", () => {
  const { profiles, services } = parseSharedConfig(file, "f");
  expect([...profiles]).toEqual([
    ["default", new Map([["region", "eu-west-1 # stays in the value"]])],
    [
      "my role",
      new Map([
        ["rolesanywhere_role_arn", "arn:aws:iam::111122223333:role/x"],
        ["credential_process", "a = b"],
        ["services", "local"],
      ]),
    ],
  ]);
  expect(Object.fromEntries(services.get("local") ?? [])).toMatchObject({
    "sts.endpoint_url": "http://127.0.0.1:1",
    "rolesanywhere.endpoint_url": "http://127.0.0.1:2/path=x",
  });
});
