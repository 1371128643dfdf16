/**
 * Headers that AWS's service models mark as sensitive, and that {@link namesSecret} does not find by their ending.
 * `test/request/redaction.test.ts` compares the list with the models.
 */
const sensitiveHeaders: ReadonlySet<string> = new Set([
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
]);

/** `X-Amz-Credential` is an access key ID and a scope. */
const secretEnding = new RegExp(
  [
    "token|secret|passw(?:or)?d|passphrase|(?<!x-amz-)credentials?|signature|authori[sz]ation|authentication|bearer",
    "cookie|jwt|assertion|^code|(?:^|[-_.])(?:sig|pin|otp|pass|auth|session)",
    "(?:^|[-_.]|api|access|secret|private|customer|subscription|account|master|signing|encryption)key",
  ]
    .map((endings) => `(?:${endings})$`)
    .join("|"),
  "i",
);

/** Tells whether a header, query parameter or cookie of this name contains a secret. If in doubt, it does. */
export function namesSecret(name: string): boolean {
  const bare = name.replace(/[[\]]+$/, "");
  return secretEnding.test(bare) || sensitiveHeaders.has(bare.toLowerCase());
}
