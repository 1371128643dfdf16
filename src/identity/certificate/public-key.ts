import { parseElement, sequenceOf, tags } from "../asn1/der.js";
import type { Certificate } from "./parsed.js";

/** The certificate's SubjectPublicKeyInfo as it stands there; the runtime cannot give it for keys that it does not know. */
export function publicKeyOf({ der }: Certificate): Uint8Array {
  const [tbs] = sequenceOf(parseElement(der), "certificate");
  const fields = sequenceOf(tbs, "certificate body");
  const publicKey = fields[0]?.tag === tags.context0 ? fields[6] : fields[5];
  return publicKey?.raw ?? new Uint8Array();
}

/** Whether the certificate is over this public key, also where the two are encoded in different ways. */
export function hasPublicKey(certificate: Certificate, publicKey: Uint8Array): boolean {
  if (Buffer.from(publicKeyOf(certificate)).equals(publicKey)) return true;
  try {
    return certificate.x509.publicKey.export({ format: "der", type: "spki" }).equals(publicKey);
  } catch {
    return false;
  }
}
