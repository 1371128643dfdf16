import { expect, it } from "vitest";
import { redactUrls } from "../../src/aws/redact-url.js";
import { namesSecret } from "../../src/aws/secret-names.js";

it.each(
  (
    "X-Amz-Security-Token access_token client-secret password passwd passphrase aws_credentials credential " +
    "X-Amz-Signature Authorization authorisation authentication bearer Cookie jwt client_assertion code sig x-sig pin " +
    "user.pin otp pass auth session my_session key api-key apikey x-api-key accesskey secretkey private.key " +
    "customerkey subscription-key accountkey masterkey signingkey encryptionkey token[]"
  ).split(" "),
)("%s names a secret", (name) => {
  expect(namesSecret(name)).toBe(true);
});

it.each(
  "X-Amz-Credential zipcode-x monkey design host content-type x-amz-date obsession2 passing sigma keys".split(" "),
)("%s does not", (name) => {
  expect(namesSecret(name)).toBe(false);
});

it("a URL keeps all but the values of such names", () => {
  const url = redactUrls("https://me:canary@h/p?page=2&token=canary&X-Amz-Signature=canary#page");
  expect(url).not.toContain("canary");
  expect(url).toBe("https://***@h/p?page=2&token=***&X-Amz-Signature=***#page");
});

it.each([
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
  "x-amzn-oidc-data",
  "x-amzn-sagemaker-custom-attributes",
])("%s is a header that holds content or keys, in any case", (name) => {
  expect([namesSecret(name), namesSecret(name.toUpperCase())]).toEqual([true, true]);
});
