import { Asn1Error, type Element, elementsOf, oidOf, parseElement, sequenceOf, tags } from "../asn1/der.js";
import { readName } from "../asn1/name.js";
import { algorithmOfPublicKey, readExtension, readExtensions, readStructure } from "./structure.js";

/** Fields that the runtime's certificate class lacks, or has under a misleading name. */
export interface CertificateFields extends Validity {
  /** 1, 2 or 3. */
  readonly version: number;
  readonly signatureAlgorithm: string;
  /** undefined when the extension is absent. */
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** Names of the set bits (RFC 5280 section 4.2.1.3); undefined when the extension is absent. */
  readonly keyUsage: readonly string[] | undefined;
  /** Object identifiers; undefined when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly publicKeyAlgorithm: string;
  readonly subjectIsEmpty: boolean;
}

const keyUsageBits = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

const directoryNameTag = 0xa4;
const extensionOids = { keyUsage: "2.5.29.15", basicConstraints: "2.5.29.19", extendedKeyUsage: "2.5.29.37" } as const;

/**
 * Refuses a certificate with a part that does not decode, so that later readers never meet damage.
 *
 * @throws Asn1Error
 */
export function refuseDamage(der: Uint8Array): void {
  parseCertificateFields(der);
  readName(readStructure(der).issuer);
  const alternativeNames = readExtension(der, "2.5.29.17");
  for (const name of alternativeNames === undefined ? [] : sequenceOf(parseElement(alternativeNames), "names"))
    if (name.tag === directoryNameTag) readName(elementsOf(name)[0]);
}

/**
 * Reads the fields of a DER certificate.
 *
 * @throws Asn1Error
 * @see RFC 5280 section 4.1
 */
export function parseCertificateFields(der: Uint8Array): CertificateFields {
  const structure = readStructure(der);
  const { version, signatureAlgorithm, validity, subject, publicKey } = structure;
  const extensions = new Map(readExtensions(structure).map(({ oid, value }) => [oid, value]));
  return {
    version,
    signatureAlgorithm: oidOf(sequenceOf(signatureAlgorithm, "signature algorithm")[0], "signature algorithm"),
    ...parseValidity(validity),
    basicConstraints: parseBasicConstraints(extensions.get(extensionOids.basicConstraints)),
    keyUsage: parseKeyUsage(extensions.get(extensionOids.keyUsage)),
    extendedKeyUsage: parseExtendedKeyUsage(extensions.get(extensionOids.extendedKeyUsage)),
    publicKeyAlgorithm: algorithmOfPublicKey(publicKey),
    subjectIsEmpty: readName(subject).length === 0,
  };
}

function content(element: Element | undefined): Uint8Array {
  return element?.content ?? new Uint8Array();
}

function parseBasicConstraints(value: Uint8Array | undefined): CertificateFields["basicConstraints"] {
  if (value === undefined) return undefined;
  const parts = elementsOf(parseElement(value));
  const ca = parts.find(({ tag }) => tag === tags.boolean);
  const pathLength = parts.find(({ tag }) => tag === tags.integer);
  return {
    ca: (ca?.content[0] ?? 0) !== 0,
    pathLength: pathLength?.content.reduce((sum, octet) => sum * 256 + octet, 0),
  };
}

function parseKeyUsage(value: Uint8Array | undefined): CertificateFields["keyUsage"] {
  if (value === undefined) return undefined;
  const [, ...octets] = parseElement(value).content;
  return keyUsageBits.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function parseExtendedKeyUsage(value: Uint8Array | undefined): CertificateFields["extendedKeyUsage"] {
  return value === undefined
    ? undefined
    : elementsOf(parseElement(value)).map((oid) => oidOf(oid, "extended key usage"));
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** @throws Asn1Error */
export function readValidity(der: Uint8Array): Validity {
  return parseValidity(readStructure(der).validity);
}

function parseValidity(validity: Element | undefined): Validity {
  const [notBefore, notAfter] = sequenceOf(validity, "validity");
  return { notBefore: parseTime(notBefore, "notBefore"), notAfter: parseTime(notAfter, "notAfter") };
}

/** Year, month, day, hour, minute, second, fraction and offset. RFC 5280 allows neither of the last two, nor to omit others. */
const timeForms: Readonly<Record<number, RegExp>> = {
  [tags.utcTime]: /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?()(Z|[+-]\d{4})$/,
  [tags.generalizedTime]: /^(\d{4})(\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})?)?([.,]\d+)?(Z|[+-]\d{4})?$/,
};

/** Parses UTCTime or GeneralizedTime in every form of X.680, as OpenSSL and old authorities write them. */
export function parseTime(element: Element | undefined, what: string): Date {
  const text = Buffer.from(content(element)).toString("latin1");
  const match = timeForms[element?.tag ?? 0]?.exec(text);
  const fault = new Asn1Error(`${what} is not a time`);
  if (match === undefined || match === null) throw fault;
  const [, yearText = "", ...others] = match;
  const year = Number(yearText) + (yearText.length === 4 ? 0 : Number(yearText) < 50 ? 2000 : 1900);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = others
    .slice(0, 5)
    .map((digits) => Number(digits ?? 0));
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day || hour > 24 || minute > 59 || second > 60)
    throw fault;
  const zone = others[6] ?? "Z";
  const offset = zone === "Z" ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  return new Date(time.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000);
}
