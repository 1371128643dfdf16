import { type Element, elementsOf, expectElement, oidOf, parseElement, sequenceOf, tags } from "../asn1/der.js";

/** Parts of a certificate, still encoded; undefined if the bytes end before them. */
export interface CertificateStructure {
  /** 1, 2 or 3. */
  readonly version: number;
  readonly issuer: Element | undefined;
  readonly validity: Element | undefined;
  readonly subject: Element | undefined;
  readonly publicKey: Element | undefined;
  readonly extensions: Element | undefined;
  readonly signatureAlgorithm: Element | undefined;
}

/**
 * Splits a certificate into its parts.
 *
 * @throws Asn1Error
 * @see RFC 5280 section 4.1
 */
export function readStructure(der: Uint8Array): CertificateStructure {
  const [body, signatureAlgorithm] = sequenceOf(parseElement(der), "certificate");
  const fields = sequenceOf(body, "certificate body");
  const explicitVersion = fields[0]?.tag === tags.context0 ? fields[0] : undefined;
  const [, , issuer, validity, subject, publicKey, ...others] =
    explicitVersion === undefined ? fields : fields.slice(1);
  return {
    version: explicitVersion === undefined ? 1 : (elementsOf(explicitVersion)[0]?.content.at(-1) ?? 0) + 1,
    issuer,
    validity,
    subject,
    publicKey,
    extensions: others.find(({ tag }) => tag === tags.context3),
    signatureAlgorithm,
  };
}

/** Returns the object identifier of a SubjectPublicKeyInfo's algorithm. @throws Asn1Error */
export function algorithmOfPublicKey(publicKey: Element | undefined): string {
  const [algorithm] = sequenceOf(publicKey, "public key");
  return oidOf(sequenceOf(algorithm, "public key algorithm")[0], "public key algorithm");
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of its OCTET STRING. */
  readonly value: Uint8Array;
}

/** @throws Asn1Error */
export function readExtensions({ extensions }: Pick<CertificateStructure, "extensions">): readonly Extension[] {
  if (extensions === undefined) return [];
  return sequenceOf(elementsOf(extensions)[0], "extensions").map((extension) => {
    const parts = sequenceOf(extension, "extension");
    const critical = parts.length > 2 && expectElement(parts[1], tags.boolean, "criticality").content[0] !== 0;
    return { oid: oidOf(parts[0], "extension"), critical, value: parts.at(-1)?.content ?? new Uint8Array() };
  });
}

/**
 * Returns the value of one extension; undefined if it is absent.
 *
 * @throws Asn1Error
 */
export function readExtension(der: Uint8Array, oid: string): Uint8Array | undefined {
  return readExtensions(readStructure(der)).find((extension) => extension.oid === oid)?.value;
}
