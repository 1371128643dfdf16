/**
 * Headers that AWS's service models mark as sensitive, where {@link namesSecret} does not find them by their ending.
 * `test/request/redaction.test.ts` holds the list against the models.
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

/** `X-Amz-Credential` is an access key id and a scope. */
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

/** Whether a header, a query parameter or a cookie of this name carries a secret. Too many rather than too few. */
export function namesSecret(name: string): boolean {
  const bare = name.replace(/[[\]]+$/, "");
  return secretEnding.test(bare) || sensitiveHeaders.has(bare.toLowerCase());
}
