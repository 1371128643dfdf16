import { describe, expect, test } from "vitest";
import { credentialProcess } from "../../src/commands/credential-process.js";
import { NetworkError, ServiceError, UsageError } from "../../src/index.js";
import { flagNames, inOptionWords, optionName, renderForLibrary } from "../../src/library/option-words.js";
import { message, onCommandLine, orSet, perSurface, setting, variable } from "../../src/message.js";

describe("option words", () => {
  test("are the names of the options", () => {
    const wrong = Object.entries(flagNames).filter(([option, flag]) => optionName(flag) !== option);
    expect(wrong).toEqual([
      ["verifySsl", "no-verify-ssl"],
      ["scopeAllow", "scope"],
      ["scopePolicy", "scope-policy"],
      ["scopeDurationSeconds", "scope-duration"],
      ["scopeDescription", "scope-description"],
      ["cacheDirectory", "cache-dir"],
      ["cacheWindowSeconds", "cache-window"],
    ]);
    expect(["no-verify-ssl", "cache-dir", "cache-window"].map(optionName)).toEqual([
      "verifySsl: false",
      "cache.directory",
      "cache.windowSeconds",
    ]);
  });

  test("stand for flags that exist", () => {
    const flags = Object.keys(credentialProcess.options);
    expect(Object.values(flagNames).filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  test.each([
    [message`${setting("trust-anchor-arn")} is missing`, "trustAnchorArn is missing"],
    [message`give ${setting("role-arn")}${orSet("role-arn")}`, "give roleArn"],
    [message`set ${variable("tpm-key-password")}`, "set tpmKeyPassword"],
    [message`add ${setting("region", "us-east-1")}`, 'add region: "us-east-1"'],
    [message`${setting("scope")} or ${setting("scope-policy")}`, "scope.allow or scope.policy"],
    [message`(${setting("no-verify-ssl")})`, "(verifySsl: false)"],
    [message`leave ${setting("source-identity")} out`, "leave SourceIdentity of the chained role out"],
    [perSurface({ commandLine: "a", library: message`${setting("read-timeout")}` }), "readTimeoutSeconds"],
    [onCommandLine("check its quoting"), ""],
    ["--region of ROLESANYWHERE_TS_REGION", "--region of ROLESANYWHERE_TS_REGION"],
    [message`"${"/tmp/my --certificate dir"}"`, '"/tmp/my --certificate dir"'],
  ])("of %s are %s", (text, expected) => {
    expect(renderForLibrary(text)).toBe(expected);
  });

  test("keep class, code and what the service said, and reach the cause", () => {
    const cause = new UsageError("ERR_SETTING", message`${setting("role-arn")} is missing`);
    const network = inOptionWords(
      new NetworkError("ERR_TIMEOUT", setting("region"), { cause, hints: [setting("endpoint"), onCommandLine("x")] }),
    );
    expect(network).toBeInstanceOf(NetworkError);
    expect(network).toMatchObject({
      code: "ERR_TIMEOUT",
      message: "region",
      hints: ["endpoint"],
      cause: { message: "roleArn is missing" },
    });
    const details = {
      service: "sts",
      operation: "AssumeRole",
      statusCode: 403,
      serviceCode: "AccessDenied",
      requestId: "1",
    };
    const service = inOptionWords(
      new ServiceError("ERR_ACCESS_DENIED", "no", { ...details, hints: [setting("external-id")] }),
    );
    expect(service).toMatchObject({ ...details, hints: ["ExternalId of the chained role"] });
    expect(inOptionWords(new UsageError("ERR_SETTING", "x"))).not.toHaveProperty("cause");
    const other = new Error("--region");
    expect(inOptionWords(other)).toBe(other);
  });
});
