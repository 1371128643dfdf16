import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import { Asn1Error, elementsOf, expectElement, parseElement, sequenceOf, tags } from "../asn1/der.js";
import { type Certificate, certificateFromDer } from "../certificate/parsed.js";
import type { NamedBytes } from "../read-file.js";
import { binaryIn, isPkcs7 } from "./binary.js";
import { derOf, looksLikeDer, parsePem, pemTextOf } from "./blocks.js";
import { noCertificate } from "./missing-block.js";

/**
 * Reads the certificates of a PKCS#7 bundle, in DER, PEM or bare base64, as Active Directory and EST export chains.
 * Does not verify its signatures: those of the chain are verified.
 *
 * @throws IdentityError `ERR_CERTIFICATE`
 * @see RFC 5652 section 5.1
 */
export function readPkcs7Certificates(file: NamedBytes): readonly Certificate[] {
  const binary = binaryIn(file.bytes) ?? file.bytes;
  const bundles = looksLikeDer(binary) ? [binary] : parsePem(pemTextOf(file, "certificate")).map(derOf);
  if (bundles.length === 0 || !bundles.every(isPkcs7)) throw noCertificate(file);
  try {
    return bundles.flatMap(certificatesIn).map(certificateFromDer);
  } catch (error) {
    throw new IdentityError("ERR_CERTIFICATE", message`the PKCS#7 bundle ${file.name} is damaged`, {
      cause: error,
      hints: ["look at it with: openssl pkcs7 -print_certs -in FILE"],
    });
  }
}

function certificatesIn(der: Uint8Array): readonly Uint8Array[] {
  const [, content] = sequenceOf(parseElement(der), "PKCS#7 bundle");
  const members = sequenceOf(elementsOf(expectElement(content, tags.context0, "content"))[0], "signed data");
  const certificates = members.find(({ tag }) => tag === tags.context0);
  if (certificates === undefined) throw new Asn1Error("the bundle holds no certificates");
  return elementsOf(certificates)
    .filter(({ tag }) => tag === tags.sequence)
    .map(({ raw }) => raw);
}
