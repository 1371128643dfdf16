import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { UsageError } from "../../errors.js";

/** The digest of an authorization token. The token itself is not stored. */
export type TokenDigest = Uint8Array;

/** Creates a token of 256 bits, in characters that every SDK sends unchanged. */
export function createToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Parses the text of a token file. One trailing line end is accepted here, though some SDKs reject it or send it along.
 *
 * @throws UsageError `ERR_INPUT` if the token is shorter than 16 characters or contains a space or control character.
 */
export function parseToken(text: string, subject: string): string {
  const token = text.replace(/\r?\n$/, "").replace(/^Bearer +/i, "");
  if (token.length < 16) {
    throw new UsageError("ERR_INPUT", `${subject} has ${token.length} characters, expected a token of at least 16`, {
      hints: [`delete ${subject}, and a new token of 256 bits is written there`],
    });
  }
  if (!/^[\u0021-\u007e]+$/.test(token)) {
    throw new UsageError(
      "ERR_INPUT",
      `${subject} contains a space, a line end or another character that a header cannot carry`,
      {
        hints: ["a token is one word of printable ASCII characters"],
      },
    );
  }
  return token;
}

export function digestToken(token: string): TokenDigest {
  return hash("sha256", token, "buffer");
}

/**
 * Finds the binding for the token in an `Authorization` header. SDKs send the variable or file unchanged, so the token
 * arrives both bare and after `Bearer`. All digests are compared, in constant time.
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
