import { type Element, oidOf, sequenceOf } from "../asn1/der.js";
import type { Certificate } from "./parsed.js";
import { readStructure } from "./structure.js";

/** The certificate's SubjectPublicKeyInfo, unchanged. The runtime cannot give it for keys that it does not know. */
export function publicKeyOf({ der }: Pick<Certificate, "der">): Uint8Array {
  return readStructure(der).publicKey?.raw ?? new Uint8Array();
}

/** The object identifier of a SubjectPublicKeyInfo's algorithm. @throws Asn1Error */
export function algorithmOfPublicKey(publicKey: Element | undefined): string {
  const [algorithm] = sequenceOf(publicKey, "public key");
  return oidOf(sequenceOf(algorithm, "public key algorithm")[0], "public key algorithm");
}

/** Whether the certificate is over this public key, even if the two are encoded differently. */
export function hasPublicKey(certificate: Certificate, publicKey: Uint8Array): boolean {
  if (Buffer.from(publicKeyOf(certificate)).equals(publicKey)) return true;
  try {
    return certificate.x509.publicKey.export({ format: "der", type: "spki" }).equals(publicKey);
  } catch {
    return false;
  }
}
