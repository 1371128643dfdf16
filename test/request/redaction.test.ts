import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatComparison } from "../../src/request/comparison.js";
import { redactHeader, redactText } from "../../src/request/redaction.js";
import { requireTools } from "../support/tools.js";

/** From botocore 1.43.11: members with `sensitive` whose location is a header. */
const sensitiveInModels = [
  "authentication",
  "x-amz-copy-source-server-side-encryption-customer-key",
  "x-amz-fwd-header-x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-lex-active-contexts",
  "x-amz-lex-encoded-input-transcript",
  "x-amz-lex-encoded-message",
  "x-amz-lex-message",
  "x-amz-lex-request-attributes",
  "x-amz-lex-session-attributes",
  "x-amz-lex-session-state",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-context",
  "x-amz-server-side-encryption-customer-key",
  "x-amz-sso_bearer_token",
  "x-amzn-sagemaker-custom-attributes",
];

describe("redaction", () => {
  it.each([
    [
      "authorization",
      "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=0a",
      "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=***",
    ],
    ["Authorization", "Bearer abc", "Bearer ***"],
    ["Cookie", "a=b", "***"],
    ["X-Amz-Security-Token", "t", "***"],
    ["x-api-key", "k", "***"],
    ["authorization", "lonely-token", "***"],
    ["x-amz-server-side-encryption-customer-key", "SGVsbG8=", "***"],
    ["x-amz-copy-source-server-side-encryption-customer-key", "SGVsbG8=", "***"],
    ["x-amz-server-side-encryption-customer-key-md5", "SGVsbG8=", "SGVsbG8="],
    ["x-amz-server-side-encryption-customer-algorithm", "AES256", "AES256"],
    ["x-amz-sso_bearer_token", "t", "***"],
    ["Proxy-Authorization", "Basic dTpw", "***"],
    ["WWW-Authenticate", 'Bearer realm="x"', 'Bearer realm="x"'],
    ["x-vault-token", "t", "***"],
    ["x-goog-api-key", "k", "***"],
    ["ocp-apim-subscription-key", "k", "***"],
    ["x-functions-key", "k", "***"],
    ["x-forwarded-for-me", "Bearer abc", "***"],
    ["x-client-cert", "-----BEGIN CERTIFICATE-----", "***"],
    ["location", "https://u:p@h/a?X-Amz-Signature=0f&b=1", "https://***@h/a?X-Amz-Signature=***&b=1"],
    ["referer", "https://h/a?access_token=t#x", "https://h/a?access_token=***#x"],
    ["accept", "*/*", "*/*"],
    ["content-type", "text/plain; charset=utf-8", "text/plain; charset=utf-8"],
    ["x-amz-content-sha256", "e3b0", "e3b0"],
    ["x-amz-request-id", "4442587FB7D0A2F9", "4442587FB7D0A2F9"],
  ])("%s: %s", (name, value, shown) => {
    expect(redactHeader(name, value)).toBe(shown);
  });

  it("takes tokens and signatures out of canonical requests and URLs", () => {
    expect(redactText("GET\n/\nX-Amz-Security-Token=a%2Fb&x=1\nx-amz-security-token:t\nhost:h")).toBe(
      "GET\n/\nX-Amz-Security-Token=***&x=1\nx-amz-security-token:***\nhost:h",
    );
    expect(redactText("/a?X-Amz-Signature=0f&b=1")).toBe("/a?X-Amz-Signature=***&b=1");
    expect(
      redactText("/a?x-amz-server-side-encryption-customer-key=K&X-Amz-Credential=A%2Fb&sig=s&key=k&%74oken=t"),
    ).toBe("/a?x-amz-server-side-encryption-customer-key=***&X-Amz-Credential=A%2Fb&sig=***&key=***&%74oken=***");
    expect(redactText("GET\n/a:b\n\nx-amz-server-side-encryption-customer-key:K\nx_api_key:k\n\nhost")).toBe(
      "GET\n/a:b\n\nx-amz-server-side-encryption-customer-key:***\nx_api_key:***\n\nhost",
    );
  });

  it.each(sensitiveInModels)("hides %s, as AWS's models do", (name) => {
    expect(redactHeader(name, "value")).toBe("***");
  });

  it.skipIf(!requireTools("headers that AWS's models mark as sensitive", "boto3"))(
    "knows every header that the installed models mark as sensitive",
    () => {
      const listed = execFileSync("python3", [join(import.meta.dirname, "../support/sensitive-headers.py")], {
        encoding: "utf8",
        maxBuffer: 2 ** 26,
      });
      const names = listed.trim().split("\n");
      expect(names.length).toBeGreaterThan(10);
      expect(names.filter((name) => redactHeader(name, "value") !== "***")).toEqual([]);
    },
  );
});

it("two requests that differ in a hidden value alone are told to differ", () => {
  const [ours, theirs] = ["x-api-key:a", "x-api-key:b"];
  expect(formatComparison(redactText(ours), redactText(theirs), ours !== theirs)).toContain("not shown (***) differs");
});
