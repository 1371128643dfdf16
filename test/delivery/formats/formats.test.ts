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

  test("process begins with the members of the credential_process contract in their order", () => {
    expect(written("process")).toBe(
      '{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",' +
        '"SessionToken":"IQoJb3JpZ2luX2VjEA//8=","Expiration":"2026-11-22T10:11:12Z","Region":"eu-central-1"}\n',
    );
  });

  test.each([
    ["env", "AWS_REGION=eu-central-1\n"],
    ["export", "export AWS_REGION='eu-central-1'\n"],
    ["powershell", "$env:AWS_REGION = 'eu-central-1';\n"],
    ["fish", "set -gx AWS_REGION 'eu-central-1';\n"],
    ["cmd", 'set "AWS_REGION=eu-central-1"\r\n'],
    ["dotenv", "AWS_REGION='eu-central-1'\n"],
  ] as const)("%s writes its shell's own statement", (name, line) => {
    expect(written(name)).toContain(line);
  });

  test.each(["env", "export", "powershell", "fish", "cmd", "dotenv"] as const)(
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

  // The forms that the AWS CLI documents: KEY=VALUE and set KEY=VALUE, the expiry as Python's isoformat writes it.
  test.each([
    ["env-no-export", ""],
    ["windows-cmd", "set "],
  ] as const)("%s is what aws configure export-credentials prints, byte for byte", (name, prefix) => {
    const lines = [
      "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
      "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
      "AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEA//8=",
      "AWS_CREDENTIAL_EXPIRATION=2026-11-22T10:11:12+00:00",
    ];
    expect(written(name)).toBe(lines.map((line) => `${prefix}${line}\n`).join(""));
  });

  const ofAwsCli = ["env-no-export", "windows-cmd"] as const;
  test.each(ofAwsCli)("%s has what the AWS CLI writes: the expiry with an offset, and no region", (name) => {
    expect(written(name)).toContain("AWS_CREDENTIAL_EXPIRATION=2026-11-22T10:11:12+00:00\n");
    expect(written(name)).not.toContain("eu-central-1");
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

  test.each(["env", "export", "powershell", "fish", "cmd", "dotenv"] as const)(
    "%s refuses NUL without showing the value",
    (name) => {
      const write = () => credentialFormats[name]({ ...sampleCredentials, secretAccessKey: "topsecret\0" });
      expect(write).toThrow(UsageError);
      expect(write).toThrow(/AWS_SECRET_ACCESS_KEY/);
      expect(write).not.toThrow(/topsecret/);
    },
  );

  test.each(["env", "export", "fish", "powershell", "cmd", "dotenv"] as const)(
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
