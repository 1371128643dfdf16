import { createHash } from "node:crypto";
import type { CanonicalRequest } from "./canonical-request.js";
import type { SignatureScheme } from "./scheme.js";

/** A signature with every intermediate value, for traces, comparisons and tests. */
export interface Signature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly scope: string;
  readonly amzDate: string;
  /** Hex. */
  readonly signature: string;
}

/** Builds the string to sign: algorithm, time, scope and the hash of the canonical request, one per line. */
export function buildStringToSign(algorithm: string, amzDate: string, scope: string, canonicalRequest: string): string {
  return [algorithm, amzDate, scope, sha256Hex(canonicalRequest)].join("\n");
}

/** Signs a canonical request. This is the last step of every way to sign. */
export async function signCanonicalRequest(
  canonicalRequest: string,
  amzDate: string,
  scheme: SignatureScheme,
): Promise<Signature> {
  const shortDate = amzDate.slice(0, 8);
  const scope = scheme.scopeOn(shortDate);
  const stringToSign = buildStringToSign(scheme.algorithm, amzDate, scope, canonicalRequest);
  return { canonicalRequest, stringToSign, scope, amzDate, signature: await scheme.sign(stringToSign, shortDate) };
}

/** Formats the value of the `authorization` header. */
export function formatAuthorization(
  { algorithm, credential }: Pick<SignatureScheme, "algorithm" | "credential">,
  { signedHeaders }: Pick<CanonicalRequest, "signedHeaders">,
  { scope, signature }: Pick<Signature, "scope" | "signature">,
): string {
  return `${algorithm} Credential=${credential}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
