import { describe, expect, it } from "vitest";
import { parseProfileArn, parseRoleArn, parseTrustAnchorArn } from "../../src/aws/arn.js";

const role = "arn:aws:iam::111122223333:role/app";
const anchor = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1";
const profile = "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/1";

type Parse = (text: string, subject: string) => unknown;

function refusalOf(parse: Parse, text: string): { message: string; hints: readonly string[] } {
  try {
    parse(text, "--it");
  } catch (error) {
    return error as Error & { hints: readonly string[] };
  }
  throw new Error("it was taken");
}

describe("an ARN that is refused", () => {
  it.each<[Parse, string, string, string]>([
    [parseRoleArn, "", "--it is empty", ""],
    [parseRoleArn, `"${role}"`, "has a quotation mark in it", "write the ARN without them"],
    [parseRoleArn, `${role}’`, "has a quotation mark in it", "kept the quotes"],
    [parseRoleArn, `${role}\n`, "has white space or a line end around it", "Windows line end"],
    [parseRoleArn, ` ${role}`, "has white space in it", "remove the space"],
    [parseRoleArn, `${role}\u007f`, "has white space or a line end around it", "Windows line end"],
    [parseTrustAnchorArn, `${anchor} x`, "has white space in it", "remove the space or line end"],
    [parseRoleArn, "certs/client.pem", 'does not begin with "arn:"', "this looks like a file path"],
    [parseRoleArn, "client.key", 'does not begin with "arn:"', "check the order of the flags"],
    [parseRoleArn, String.raw`C:\x`, 'does not begin with "arn:"', "this looks like a file path"],
    [parseRoleArn, "role", 'does not begin with "arn:"', "it looks like arn:"],
    [parseRoleArn, "arn:aws:iam::111122223333", "has fewer than six colon-separated sections", ""],
    [parseRoleArn, "arn:AWS:iam::111122223333:role/app", 'has partition "AWS", expected aws, aws-cn', ""],
    [parseRoleArn, "arn:aws1:iam::111122223333:role/app", 'has partition "aws1"', ""],
    [parseRoleArn, "arn:aws:iam::11112222333:role/app", 'has account "11112222333", expected 12 digits', ""],
    [parseRoleArn, "arn:aws:iam:us-east-1:111122223333:role/app", 'has region "us-east-1", expected none', ""],
    [parseRoleArn, "arn:aws:iam::111122223333:role/", "ends before the role's name", ""],
    [parseTrustAnchorArn, anchor.replace("eu-west-1", "eu"), 'has region "eu", expected one such as us-east-1', ""],
    [parseTrustAnchorArn, anchor.replace("eu-west-1", ""), 'has region ""', ""],
    [parseTrustAnchorArn, anchor.replace("/1", "/"), "ends before the trust-anchor's name", ""],
    [parseRoleArn, anchor, "--it is a trust anchor", "give this ARN to --trust-anchor-arn instead"],
    [parseTrustAnchorArn, profile, "--it is a Roles Anywhere profile", "give this ARN to --profile-arn instead"],
    [parseProfileArn, role, "--it is a", "give this ARN to --role-arn instead"],
    [
      parseRoleArn,
      "arn:aws-cn:sts::111122223333:assumed-role/app/session",
      'is of service "sts" with resource type "assumed-role"',
      "the role behind it is arn:aws-cn:iam::111122223333:role/app",
    ],
    [parseRoleArn, "arn:aws:s3:::bucket", 'is of service "s3" with no resource type', ""],
    [parseRoleArn, "arn:aws:iam::111122223333:user/me", 'is of service "iam" with resource type "user"', ""],
    [parseRoleArn, "arn:aws:iam::111122223333:user:me", 'with resource type "user"', ""],
  ])("%# %o", (parse, text, fault, hint) => {
    const { message, hints } = refusalOf(parse, text);
    expect(message).toContain(fault);
    expect(hints.join("\n")).toContain(hint);
  });

  it("is shown in 120 characters, and with no order to a terminal", () => {
    const [fits, long] = ["x".repeat(120), "x".repeat(121)];
    expect(refusalOf(parseRoleArn, fits).message).toContain(`"${fits}"`);
    expect(refusalOf(parseRoleArn, long).message).toContain(`"${"x".repeat(117)}..."`);
    expect(refusalOf(parseRoleArn, "x\u001b[2J").message).not.toContain("\u001b");
  });
});
