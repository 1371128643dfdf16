import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { UsageError } from "../../errors.js";

/** The digest of an authorization token; the token itself is not kept. */
export type TokenDigest = Uint8Array;

/** A new token of 256 bits, in characters that every SDK sends unchanged. */
export function createToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Reads the text of a token file. One line end at its end is forgiven here; some SDKs refuse it, or send it along.
 *
 * @throws UsageError `ERR_INPUT` when the token is shorter than 16 characters or holds a space or control character.
 */
export function parseToken(text: string, subject: string): string {
  const token = text.replace(/\r?\n$/, "").replace(/^Bearer +/i, "");
  if (token.length < 16) {
    throw new UsageError("ERR_INPUT", `${subject} holds ${token.length} characters, expected a token of at least 16`, {
      hints: [`remove ${subject} to have a token of 256 bits written there`],
    });
  }
  if (!/^[\u0021-\u007e]+$/.test(token)) {
    throw new UsageError("ERR_INPUT", `${subject} holds a space, line end or other character no header can carry`, {
      hints: ["a token is one word of printable ASCII characters"],
    });
  }
  return token;
}

export function digestToken(token: string): TokenDigest {
  return createHash("sha256").update(token).digest();
}

/**
 * Finds whose token an `Authorization` header carries. SDKs send the value as it stands in the variable or file, so it comes
 * both bare and after `Bearer`. Every digest is compared, in constant time.
 */
export function findByToken<T extends { readonly tokenDigest: TokenDigest }>(
  header: string | undefined,
  candidates: readonly T[],
): T | undefined {
  if (header === undefined) return undefined;
  const presented = digestToken(header.replace(/^Bearer +/i, "").trim());
  let found: T | undefined;
  for (const candidate of candidates) {
    if (timingSafeEqual(presented, candidate.tokenDigest)) found = candidate;
  }
  return found;
}
