import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cleanEnvironment, programWords } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";
import { runTyped } from "../support/typed-session.js";

const device = "arn:aws:iam::111122223333:mfa/me";
const asked: URLSearchParams[] = [];
let origin: string;

/** STS for AssumeRole, and any other service for the rest. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  const form = new URLSearchParams(body);
  if (form.get("Action") !== "AssumeRole") return void response.end("from the service\n");
  asked.push(form);
  const role = form.get("RoleArn") ?? "";
  const name = role.slice(role.lastIndexOf("/") + 1);
  response.setHeader("content-type", "text/xml");
  response.end(
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>' +
      `<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/${name}/s</Arn><AssumedRoleId>AROAX:s</AssumedRoleId></AssumedRoleUser>` +
      `<Credentials><AccessKeyId>ASIA${name.toUpperCase()}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>` +
      "<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>" +
      "</AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>",
  );
}

const server = createServer((request, response) => void answer(request, response));
const home = createScratch("typed-mfa");

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(join(home, ".aws"));
  writeFileSync(
    join(home, ".aws/config"),
    [
      "[profile keys]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret",
      `[profile mfa]\nregion = eu-west-3\nrole_arn = arn:aws:iam::111122223333:role/Admin\nsource_profile = keys\nmfa_serial = ${device}`,
      "",
    ].join("\n"),
  );
});
afterAll(() => server.close());
beforeEach(() => void asked.splice(0));

const hasTerminal = requireCondition(
  "the question for the MFA code of a profile",
  process.platform === "linux",
  "a terminal made by util-linux's script",
);

describe.skipIf(!hasTerminal)("a profile with mfa_serial", () => {
  const type = (words: readonly string[], typed: string) =>
    runTyped([...programWords(), ...words].map((word) => `'${word}'`).join(" "), `MFA code of ${device}: ${typed}`, {
      env: cleanEnvironment({ HOME: home, AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL_STS: origin }),
      cwd: home,
      timeoutMs: 40_000,
    });

  it.each<[string, () => readonly string[], string]>([
    ["exec", () => ["exec", "--profile", "mfa", "--", "printenv", "AWS_ACCESS_KEY_ID"], "ASIAADMIN"],
    ["request", () => ["request", `${origin}/x`, "--service", "s3", "--profile", "mfa"], "from the service"],
    [
      "assume-role",
      () => ["assume-role", "arn:aws:iam::111122223333:role/Reader", "--profile", "mfa", "--format", "export"],
      "ASIAREADER",
    ],
  ])("asks on the terminal without echo, and takes the code with blanks: %s", async (_command, words, end) => {
    const { printed, status } = await type(words(), " 271 828 ");
    expect(printed).toContain(`MFA code of ${device}: `);
    expect(printed).toContain(end);
    expect(printed).not.toMatch(/271|828/);
    expect(status).toBe(0);
    expect(asked[0]?.get("SerialNumber")).toBe(device);
    expect(asked[0]?.get("TokenCode")).toBe("271828");
  });
});
