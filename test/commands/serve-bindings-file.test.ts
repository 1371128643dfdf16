import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseBindings } from "../../src/commands/serve/bindings-file.js";
import { certificateOptions } from "../../src/commands/sources/credential-source.js";

const parse = (value: unknown) => parseBindings(JSON.stringify(value), certificateOptions, "roles.json");

describe("parseBindings", () => {
  test("reads the example of the manual", () => {
    const manual = readFileSync(new URL("../../docs/serve.md", import.meta.url), "utf8");
    const [, example = ""] = /```json\n([^]*?)```/.exec(manual) ?? [];
    expect(parseBindings(example, certificateOptions, "docs/serve.md")).toMatchObject([
      { name: "reader", tokenFile: "/run/aws/reader.token", hopArns: [] },
      {
        name: "deployer",
        hopArns: ["arn:aws:iam::444455556666:role/Target"],
        flags: { "role-arn": "arn:aws:iam::111122223333:role/Deployer", "session-duration": 900 },
      },
    ]);
  });

  test.each([
    [{}, "roles.json is not a JSON array of bindings"],
    [[], "roles.json is not a JSON array of bindings"],
    [["arn"], "binding 1 of roles.json is not a JSON object"],
    [[{}, { "role-arm": "x" }], 'binding 2 of roles.json has the unknown member "role-arm"'],
    [[{ constructor: "x" }], 'binding 1 of roles.json has the unknown member "constructor"'],
    [[{ "session-duration": "900" }], 'binding 1 of roles.json has a "session-duration" that is not a whole number'],
    [[{ "allow-role-arn": "arn" }], 'binding 1 of roles.json has a "allow-role-arn" that is not an array of strings'],
    [[{ "no-verify-ssl": 1 }], 'binding 1 of roles.json has a "no-verify-ssl" that is not true or false'],
    [[{ name: "a/b" }], 'binding 1 of roles.json has the name "a/b"'],
  ])("refuses %j", (document, message) => {
    expect(() => parse(document)).toThrow(message);
  });

  test("refuses a file that is not JSON, without quoting it", () => {
    expect(() => parseBindings('[{"pkcs8-password": "hunter2', certificateOptions, "roles.json")).toThrow(
      /^roles.json is not valid JSON$/,
    );
  });
});
