import { regionalScope } from "./scheme.js";
import type { SignatureScheme } from "./scheme.js";

/**
 * Names of the X.509 request signing algorithms, by key type.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export type X509Algorithm = "AWS4-X509-RSA-SHA256" | "AWS4-X509-ECDSA-SHA256" | "AWS4-X509-MLDSA";

/** The certificates for the headers, and the key that signs. */
export interface X509Signer {
  readonly algorithm: X509Algorithm;
  readonly serialNumber: bigint;
  /** DER of the leaf. */
  readonly leaf: Uint8Array;
  /** DER of the intermediates, the leaf's issuer first. */
  readonly chain: readonly Uint8Array[];
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Signs with `AWS4-X509-*`. There is no key derivation: the private key signs the string to sign itself. */
export function createX509Scheme(signer: X509Signer, service: string, region: string): SignatureScheme {
  const chain = signer.chain.map(base64).join(",");
  return {
    algorithm: signer.algorithm,
    credential: signer.serialNumber.toString(),
    fields: [["x-amz-x509", base64(signer.leaf)], ...(chain === "" ? [] : ([["x-amz-x509-chain", chain]] as const))],
    sessionToken: undefined,
    regionSet: undefined,
    scopeOn: (shortDate) => regionalScope(shortDate, region, service),
    sign: async (stringToSign) => Buffer.from(await signer.sign(Buffer.from(stringToSign))).toString("hex"),
  };
}

function base64(der: Uint8Array): string {
  return Buffer.from(der).toString("base64");
}
