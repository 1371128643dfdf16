import type { X509Algorithm } from "./algorithm.js";
import { formatAuthorization } from "./authorization.js";
import type { UnsignedRequest } from "./canonical-request.js";
import { canonicalRequest, signedHeaders } from "./canonical-request.js";
import { credentialScope, formatAmzDate, stringToSign } from "./string-to-sign.js";

/** The certificate side of a signature: what goes into headers, and the key behind it. */
export interface X509Signer {
  readonly algorithm: X509Algorithm;
  readonly serialNumber: bigint;
  /** DER of the leaf. */
  readonly leaf: Uint8Array;
  /** DER of the intermediates, the leaf's issuer first. */
  readonly chain: readonly Uint8Array[];
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface X509Scope {
  readonly region: string;
  readonly service: string;
  readonly now: Date;
}

/** A signed request with every intermediate value, for the trace and for the tests. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

/**
 * Signs a request with an X.509 key: no key derivation, the private key signs the string to sign itself.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export async function signX509(
  request: UnsignedRequest,
  signer: X509Signer,
  { region, service, now }: X509Scope,
): Promise<SignedRequest> {
  const amzDate = formatAmzDate(now);
  const scope = credentialScope(amzDate, region, service);
  const headers: Record<string, string> = {
    ...request.headers,
    "X-Amz-Date": amzDate,
    "X-Amz-X509": base64(signer.leaf),
    ...(signer.chain.length === 0 ? {} : { "X-Amz-X509-Chain": signer.chain.map(base64).join(",") }),
  };
  const canonical = canonicalRequest({ ...request, headers });
  const toSign = stringToSign(signer.algorithm, amzDate, scope, canonical);
  const authorization = formatAuthorization({
    algorithm: signer.algorithm,
    credential: signer.serialNumber.toString(),
    scope,
    signedHeaders: signedHeaders(headers),
    signature: await signer.sign(Buffer.from(toSign)),
  });
  return { headers: { ...headers, Authorization: authorization }, canonicalRequest: canonical, stringToSign: toSign };
}

function base64(der: Uint8Array): string {
  return Buffer.from(der).toString("base64");
}
