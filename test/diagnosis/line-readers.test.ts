// What PROFILE_COMMAND says of a line on each platform. test/windows runs the lines of Windows; test/clients those of POSIX.
import { describe, expect, test } from "vitest";
import { checkProfileCommand } from "../../src/diagnosis/profile/command.js";

function check(line: string, platform: NodeJS.Platform) {
  const lookup = { platform, variables: {}, executablePath: process.execPath };
  const [finding] = checkProfileCommand(line, "profile", lookup);
  return `${finding?.level ?? ""}: ${finding?.message ?? ""}`;
}

const dotnet = "the AWS SDK for .NET does not run it";
const goAndRust = "the AWS SDKs for Go and Rust do not run it";
const toolkit = "the AWS Toolkit for JetBrains does not run it";

describe("a line on Windows", () => {
  test.each([
    [
      String.raw`C:\tools\ra.exe credential-process --certificate C:\pki\x.pem`,
      "pass: 4 words, split alike by every SDK",
    ],
    [String.raw`ra.exe credential-process --certificate "C:\my pki\x.pem"`, `warn: ${goAndRust}; ${toolkit}`],
    [String.raw`"C:\Program Files\ra.exe" credential-process --settings-profile app`, `warn: ${goAndRust}; ${toolkit}`],
    [
      String.raw`"C:\Program Files (x86)\ra.exe" credential-process --settings-profile app`,
      `warn: ${dotnet}; ${goAndRust}; ${toolkit}`,
    ],
    [
      String.raw`"C:\Program Files\ra.exe" credential-process --certificate "C:\my pki\x.pem"`,
      `warn: ${dotnet}; ${goAndRust}; ${toolkit}`,
    ],
    [
      String.raw`ra.exe credential-process --certificate C:\a&b\%USERNAME%.pem`,
      'warn: SDKs that use cmd.exe read "&" "%" otherwise than the AWS CLI and boto3, which use none',
    ],
    ["'C:\\Program Files\\ra.exe' x", "fail: has words in single quotes, which are part of the words on Windows"],
    ['ra.exe "x', "fail: a quotation mark is left open, or the line is empty"],
    ["ra.exe x # mine", "fail: has a # or ; after white space, where some SDKs cut the line off"],
  ])("%s", (line, says) => {
    expect(check(line, "win32")).toBe(says);
  });
});

describe("a line on POSIX", () => {
  test.each([
    ["/opt/ra credential-process --certificate '/my pki/x.pem'", "pass: 4 words, split alike by every SDK"],
    [
      String.raw`ra --cert-selector 'Key=x509Subject,Value=CN=a\, b'`,
      "warn: the AWS SDK for .NET doubles a backslash in it",
    ],
    [String.raw`ra --cert-selector "Key=x509Subject,Value=CN=a\, b"`, "pass: 3 words, split alike by every SDK"],
    [String.raw`ra my\ pki`, "warn: the AWS SDK for .NET doubles a backslash in it"],
    [String.raw`ra "a\\"`, "pass: 2 words, split alike by every SDK"],
    ["ra $HOME/x", 'warn: SDKs that use a shell read "$" otherwise than the AWS CLI and boto3, which use none'],
  ])("%s", (line, says) => {
    expect(check(line, "linux")).toBe(says);
  });
});
