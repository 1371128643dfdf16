import { describe, expect, test } from "vitest";
import { credentialFormatNames, credentialFormats } from "../../../src/delivery/formats/formats.js";
import { UsageError } from "../../../src/errors.js";
import { hostileValues, sampleCredentials } from "./samples.js";

const written = (name: keyof typeof credentialFormats) => credentialFormats[name](sampleCredentials);

describe("credential formats", () => {
  test("text aligns what a person reads", () => {
    expect(written("text")).toMatchInlineSnapshot(`
      "Access key ID:      ASIAEXAMPLE
      Secret access key:  wJalrXUtnFEMI/K7MDENG+bPxRfiCY=
      Session token:      IQoJb3JpZ2luX2VjEA//8=
      Expiration:         2026-11-22T10:11:12Z
      Region:             eu-central-1
      Assumed role ARN:   arn:aws:sts::111122223333:assumed-role/reader/session
      Assumed role ID:    AROAEXAMPLE:session
      "
    `);
  });

  test("json uses AWS's member names", () => {
    expect(JSON.parse(written("json"))).toEqual({
      AccessKeyId: "ASIAEXAMPLE",
      SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
      SessionToken: "IQoJb3JpZ2luX2VjEA//8=",
      Expiration: "2026-11-22T10:11:12Z",
      Region: "eu-central-1",
      AssumedRoleArn: "arn:aws:sts::111122223333:assumed-role/reader/session",
      AssumedRoleId: "AROAEXAMPLE:session",
    });
  });

  test.each([
    ["env-file", "AWS_REGION=eu-central-1\n"],
    ["export", "export AWS_REGION='eu-central-1'\n"],
    ["powershell", '$Env:AWS_REGION="eu-central-1";\n'],
    ["fish", 'set -gx AWS_REGION "eu-central-1";\n'],
    ["cmd", 'set "AWS_REGION=eu-central-1"\r\n'],
    ["dotenv", "AWS_REGION='eu-central-1'\n"],
  ] as const)("%s writes its shell's own statement", (name, line) => {
    expect(written(name)).toContain(line);
  });

  test.each(["env-file", "export", "powershell", "fish", "cmd", "dotenv"] as const)(
    "%s carries keys, token, expiry and the region in both names, in one line each",
    (name) => {
      const lines = written(name).trimEnd().split(/\r?\n/);
      expect(lines.map((line) => /AWS_[A-Z_]+/.exec(line)?.[0])).toEqual([
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
      ]);
    },
  );

  const ofAwsCli = ["process", "env", "env-no-export", "windows-cmd"] as const;

  test("process is the JSON of aws configure export-credentials, byte for byte", () => {
    expect(written("process")).toBe(`{
  "Version": 1,
  "AccessKeyId": "ASIAEXAMPLE",
  "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
  "SessionToken": "IQoJb3JpZ2luX2VjEA//8=",
  "Expiration": "2026-11-22T10:11:12+00:00"
}
`);
  });

  // The statements that the AWS CLI documents; the expiry as Python's isoformat writes it.
  const variables = [
    ["AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"],
    ["AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY="],
    ["AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEA//8="],
    ["AWS_CREDENTIAL_EXPIRATION", "2026-11-22T10:11:12+00:00"],
  ] as const;
  test.each([
    ["env", "export NAME=VALUE\n"],
    ["env-no-export", "NAME=VALUE\n"],
    ["windows-cmd", "set NAME=VALUE\n"],
  ] as const)("%s is what aws configure export-credentials prints, byte for byte", (name, statement) => {
    const lines = variables.map(([variable, value]) => statement.replace("NAME", variable).replace("VALUE", value));
    expect(written(name)).toBe(lines.join(""));
  });

  test.each([
    ["powershell", '$Env:NAME="VALUE"'],
    ["fish", 'set -gx NAME "VALUE"'],
  ] as const)(
    "%s has the statements of the AWS CLI, each with a semicolon, and the region after them",
    (name, form) => {
      const statements = [...variables.slice(0, 3), ["AWS_CREDENTIAL_EXPIRATION", "2026-11-22T10:11:12Z"] as const];
      const lines = statements.map(
        ([variable, value]) => `${form.replace("NAME", variable).replace("VALUE", value)};\n`,
      );
      expect(written(name).startsWith(lines.join(""))).toBe(true);
      expect(written(name).split("\n")).toHaveLength(7);
    },
  );

  test.each(["env", "env-no-export", "windows-cmd"] as const)("%s refuses what a shell would interpret", (name) => {
    expect(() => credentialFormats[name]({ ...sampleCredentials, sessionToken: "$(id)" })).toThrow(UsageError);
  });

  const own = credentialFormatNames.filter((name) => !ofAwsCli.some((other) => other === name));
  test.each(own)("%s has expiry and region", (name) => {
    expect(written(name)).toContain("2026-11-22T10:11:12Z");
    expect(written(name)).toContain("eu-central-1");
  });

  test.each(credentialFormatNames)("%s leaves out what is not known", (name) => {
    const output = credentialFormats[name]({ accessKeyId: "AKIA", secretAccessKey: "s" });
    expect(output).not.toMatch(/undefined|region|token|expir/i);
  });

  test.each(["env-file", "export", "powershell", "fish", "cmd", "dotenv"] as const)(
    "%s refuses NUL without showing the value",
    (name) => {
      const write = () => credentialFormats[name]({ ...sampleCredentials, secretAccessKey: "topsecret\0" });
      expect(write).toThrow(UsageError);
      expect(write).toThrow(/AWS_SECRET_ACCESS_KEY/);
      expect(write).not.toThrow(/topsecret/);
    },
  );

  test.each(["env-file", "export", "fish", "powershell", "cmd", "dotenv"] as const)(
    "%s refuses a line end within a value, which would add a variable",
    (name) => {
      for (const end of ["\n", "\r", "\r\n", "\0", "\u001b", "\u0085", "\u2028"]) {
        expect(() => credentialFormats[name]({ ...sampleCredentials, sessionToken: `t${end}PATH=/evil` })).toThrow(
          UsageError,
        );
      }
    },
  );

  test("text shows control characters as escapes, on one line", () => {
    expect(credentialFormats.text({ ...sampleCredentials, sessionToken: "a\u001b[2Jb\nc" })).toContain(
      "a\\u001b[2Jb c\n",
    );
  });

  test.each(hostileValues)("json and process carry %j unchanged", (value) => {
    const credentials = { ...sampleCredentials, sessionToken: value };
    expect(JSON.parse(credentialFormats.json(credentials)).SessionToken).toBe(value);
    expect(JSON.parse(credentialFormats.process(credentials)).SessionToken).toBe(value);
  });
});
