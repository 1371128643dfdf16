import type { Certificate } from "./parsed.js";
import { readStructure } from "./structure.js";

/** Returns the certificate's SubjectPublicKeyInfo, unchanged. The runtime cannot export keys that it does not know. */
export function publicKeyOf({ der }: Pick<Certificate, "der">): Uint8Array {
  return readStructure(der).publicKey?.raw ?? new Uint8Array();
}

/** Tells whether the certificate has this public key, even if the two are encoded differently. */
export function hasPublicKey(certificate: Certificate, publicKey: Uint8Array): boolean {
  if (Buffer.from(publicKeyOf(certificate)).equals(publicKey)) return true;
  try {
    return certificate.x509.publicKey.export({ format: "der", type: "spki" }).equals(publicKey);
  } catch {
    return false;
  }
}
