import { sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { encodeElement, encodeOid, tags } from "../identity/asn1/der.js";
import { readExtensions, readStructure } from "../identity/certificate/structure.js";
import type { Certificate } from "../identity/certificate/parsed.js";

const oids = {
  extensionRequest: "1.2.840.113549.1.9.14",
  alternativeNames: "2.5.29.17",
  rsaWithSha256: "1.2.840.113549.1.1.11",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

/**
 * Creates a PKCS#10 request for a key. Copies subject and alternative names of the present certificate byte by byte.
 *
 * @returns DER
 * @see RFC 2986, RFC 7030 section 4.2.2
 */
export function createCertificateRequest(present: Certificate, publicKey: Uint8Array, privateKey: KeyObject): Buffer {
  const structure = readStructure(present.der);
  const names = readExtensions(structure).filter(({ oid }) => oid === oids.alternativeNames);
  const extensions = names.map(({ critical, value }) =>
    encodeElement(
      tags.sequence,
      encodeOid(oids.alternativeNames),
      ...(critical ? [encodeElement(tags.boolean, Uint8Array.of(0xff))] : []),
      encodeElement(tags.octetString, value),
    ),
  );
  const attribute = () =>
    encodeElement(
      tags.sequence,
      encodeOid(oids.extensionRequest),
      encodeElement(tags.set, encodeElement(tags.sequence, ...extensions)),
    );
  const info = encodeElement(
    tags.sequence,
    encodeElement(tags.integer, Uint8Array.of(0)),
    structure.subject?.raw ?? encodeElement(tags.sequence),
    publicKey,
    encodeElement(tags.context0, ...(extensions.length === 0 ? [] : [attribute()])),
  );
  const signature = sign("sha256", info, { key: privateKey, dsaEncoding: "der" });
  return Buffer.from(
    encodeElement(
      tags.sequence,
      info,
      signatureAlgorithm(privateKey),
      encodeElement(tags.bitString, Uint8Array.of(0), signature),
    ),
  );
}

function signatureAlgorithm({ asymmetricKeyType }: KeyObject): Uint8Array {
  return asymmetricKeyType === "ec"
    ? encodeElement(tags.sequence, encodeOid(oids.ecdsaWithSha256))
    : encodeElement(tags.sequence, encodeOid(oids.rsaWithSha256), encodeElement(tags.null));
}
