import { describe, expect, test } from "vitest";
import { NetworkError, ServiceError, UsageError } from "../../src/index.js";
import { flagNames, inOptionWords, translateFlags } from "../../src/library/option-words.js";
import { credentialProcess } from "../../src/commands/credential-process.js";

describe("option words", () => {
  test("exist for every flag of the credential path that a library has a use for", () => {
    const told = Object.keys(credentialProcess.options).filter((flag) => translateFlags(`--${flag}`) === `--${flag}`);
    expect(told).toEqual(["transitive-tag-key", "with-proxy", "profile"]);
  });

  test("stand for flags that exist", () => {
    const flags = Object.keys(credentialProcess.options);
    expect(Object.values(flagNames).filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  test.each([
    ["--trust-anchor-arn is missing", "trustAnchorArn is missing"],
    [
      "give --role-arn, or set ROLESANYWHERE_TS_ROLE_ARN, or rolesanywhere_role_arn in the profile that --settings-profile names",
      "give roleArn",
    ],
    [
      "give --certificate and --private-key, or set ROLESANYWHERE_TS_CERTIFICATE and ROLESANYWHERE_TS_PRIVATE_KEY",
      "give certificate and privateKey",
    ],
    [
      "set ROLESANYWHERE_TS_TPM_KEY_PASSWORD, or give --no-tpm-key-password when it has none",
      "set tpmKeyPassword, or give noTpmKeyPassword when it has none",
    ],
    ["run the command again with --debug", "see the trace with debug: console.error"],
    ["(--no-verify-ssl)", "(verifySsl: false)"],
    ['run "pkcs11-tool --module X --list-objects"', 'run "pkcs11-tool --module X --list-objects"'],
    ['run "rolesanywhere-ts check --certificate client.pem"', 'run "rolesanywhere-ts check --certificate client.pem"'],
    ["a certificate of a---b, x--region", "a certificate of a---b, x--region"],
  ])("turn %s into %s", (text, expected) => {
    expect(translateFlags(text)).toBe(expected);
  });

  test("keep class, code, cause and what the service said", () => {
    const cause = new Error("socket");
    const network = inOptionWords(new NetworkError("ERR_TIMEOUT", "--region", { cause, hints: ["--endpoint"] }));
    expect(network).toBeInstanceOf(NetworkError);
    expect(network).toMatchObject({ code: "ERR_TIMEOUT", message: "region", hints: ["endpoint"], cause });
    const details = {
      service: "sts",
      operation: "AssumeRole",
      statusCode: 403,
      serviceCode: "AccessDenied",
      requestId: "1",
    };
    const service = inOptionWords(
      new ServiceError("ERR_ACCESS_DENIED", "no", { ...details, hints: ["--external-id"] }),
    );
    expect(service).toMatchObject({ ...details, hints: ["ExternalId of the hop"] });
    expect(inOptionWords(new UsageError("ERR_SETTING", "x"))).not.toHaveProperty("cause");
    expect(inOptionWords(cause)).toBe(cause);
  });
});
