import { X509Certificate } from "node:crypto";
import { strangeCurveOf, weakDigestOf } from "./algorithms.js";
import { children, decode, decodeAll, decodeInteger, decodeOid, decodeTime, DerError, tags } from "./der.js";
import type { DerElement } from "./der.js";
import { decodeAlternativeNames, decodeName } from "./distinguished-name.js";
import type { AlternativeName, DistinguishedName } from "./distinguished-name.js";
import { readNameConstraints } from "./name-constraints.js";
import type { NameConstraints } from "./name-constraints.js";
import { isMldsaKey, verifyMldsa } from "./mldsa.js";

/** The fields of a client's certificate that the emulator uses. */
export interface ParsedCertificate {
  readonly der: Buffer;
  readonly version: number;
  readonly serial: bigint;
  readonly signatureAlgorithm: string;
  readonly issuer: DistinguishedName;
  readonly issuerBytes: Buffer;
  readonly subject: DistinguishedName;
  readonly subjectBytes: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Object identifier of the public key's algorithm. */
  readonly keyAlgorithm: string;
  readonly publicKeyInfo: Buffer;
  readonly authority: boolean;
  readonly pathLength: number | undefined;
  /** The bits by their number in RFC 5280 §4.2.1.3; undefined if the extension is absent. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly alternativeNames: readonly AlternativeName[];
  /** The subject alternative names of all kinds, unchanged. */
  readonly generalNames: readonly DerElement[];
  readonly nameConstraints: NameConstraints | undefined;
  /** The URIs of the CRL distribution points. */
  readonly revocationPoints: readonly string[];
  /** Object identifiers of critical extensions that are not supported. */
  readonly unknownCritical: readonly string[];
  /** The digest of its signature, if it is weaker than SHA-256. */
  readonly weakDigest: string | undefined;
  /** Describes an unsupported curve of its key. */
  readonly strangeCurve: string | undefined;
  /** The bytes that the issuer signed, and its signature. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
}

/** Extensions of RFC 5280 that are evaluated, and policy extensions, which have no effect here. */
const understood: ReadonlySet<string> = new Set(
  [15, 17, 19, 30, 31, 32, 33, 36, 37, 54].map((last) => `2.5.29.${last}`),
);

export const digitalSignature = 0;
export const keyCertSign = 5;

/** @throws DerError when the bytes are not one X.509 certificate. */
export function parseCertificate(bytes: Buffer): ParsedCertificate {
  const [body, algorithm, signature] = children(decode(bytes));
  if (body === undefined || algorithm === undefined || signature === undefined) throw new DerError("cut short");
  const fields = [...children(body)];
  const version = fields[0]?.tag === 0xa0 ? Number(decodeInteger(decode(fields.shift()?.content ?? bytes))) + 1 : 1;
  const [serial, inner, issuer, validity, subject, keyInfo, ...optional] = fields;
  const [notBefore, notAfter] = validity === undefined ? [] : children(validity);
  if (!serial || !issuer || !notBefore || !notAfter || !subject || !keyInfo) throw new DerError("cut short");
  if (!inner?.bytes.equals(algorithm.bytes)) throw new DerError("two signature algorithms that differ");
  const [keyAlgorithm = keyInfo] = children(keyInfo);
  const { values: extensions, critical } = readExtensions(optional.find(({ tag }) => tag === 0xa3));
  const alternative = extensions.get("2.5.29.17");
  const [constraints, pathLength] = readBasicConstraints(extensions.get("2.5.29.19"));
  return {
    der: bytes,
    version,
    serial: decodeInteger(serial),
    signatureAlgorithm: algorithmOf(algorithm),
    issuer: decodeName(issuer),
    issuerBytes: issuer.bytes,
    subject: decodeName(subject),
    subjectBytes: subject.bytes,
    notBefore: decodeTime(notBefore),
    notAfter: decodeTime(notAfter),
    keyAlgorithm: algorithmOf(keyAlgorithm),
    publicKeyInfo: keyInfo.bytes,
    authority: constraints,
    pathLength,
    keyUsage: readKeyUsage(extensions.get("2.5.29.15")),
    alternativeNames: decodeAlternativeNames(alternative ?? Buffer.alloc(0)),
    generalNames: alternative === undefined ? [] : children(decode(alternative)),
    nameConstraints: readNameConstraints(extensions.get("2.5.29.30")),
    revocationPoints: readRevocationPoints(extensions.get("2.5.29.31")),
    unknownCritical: critical.filter((id) => !understood.has(id)),
    weakDigest: weakDigestOf(algorithm),
    strangeCurve: strangeCurveOf(keyAlgorithm),
    signedBytes: body.bytes,
    signature: signature.content.subarray(1),
  };
}

/** The certificates in a PEM text. */
export function readPemCertificates(text: string): readonly ParsedCertificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => parseCertificate(Buffer.from(block.replaceAll(/-----[^-]+-----|\s/g, ""), "base64")));
}

/** Whether `issuer` signed `certificate` and has its issuer name. */
export async function isIssuedBy(certificate: ParsedCertificate, issuer: ParsedCertificate): Promise<boolean> {
  if (!certificate.issuerBytes.equals(issuer.subjectBytes)) return false;
  if (isMldsaKey(issuer.keyAlgorithm)) {
    return verifyMldsa(issuer.publicKeyInfo, certificate.signedBytes, certificate.signature);
  }
  return new X509Certificate(certificate.der).verify(new X509Certificate(issuer.der).publicKey);
}

function algorithmOf(identifier: DerElement): string {
  const [id] = children(identifier);
  if (id === undefined) throw new DerError("algorithm without identifier");
  return decodeOid(id);
}

interface Extensions {
  readonly values: ReadonlyMap<string, Buffer>;
  readonly critical: readonly string[];
}

function readExtensions(wrapper: DerElement | undefined): Extensions {
  const values = new Map<string, Buffer>();
  const critical: string[] = [];
  for (const extension of wrapper === undefined ? [] : children(decode(wrapper.content))) {
    const [id, flag, ...others] = children(extension);
    const value = others[0] ?? flag;
    if (id === undefined || value?.tag !== tags.octetString) throw new DerError("extension without value");
    const name = decodeOid(id);
    // Readers that use different ones of two extensions would see different certificates.
    if (values.has(name)) throw new DerError(`extension ${name} stands there twice`);
    values.set(name, value.content);
    if (flag?.tag === tags.boolean && flag.content[0] !== 0) critical.push(name);
  }
  return { values, critical };
}

function readBasicConstraints(value: Buffer | undefined): [authority: boolean, pathLength: number | undefined] {
  if (value === undefined) return [false, undefined];
  const members = children(decode(value));
  const flag = members.find(({ tag }) => tag === tags.boolean);
  const length = members.find(({ tag }) => tag === tags.integer);
  return [flag?.content[0] === 0xff, length === undefined ? undefined : Number(decodeInteger(length))];
}

/** DistributionPoint -> [0] distributionPoint -> [0] fullName -> [6] URI. */
function readRevocationPoints(value: Buffer | undefined): readonly string[] {
  const inside = (elements: readonly DerElement[], tag: number) =>
    elements.filter((element) => element.tag === tag).flatMap(({ content }) => decodeAll(content));
  const points = value === undefined ? [] : children(decode(value)).flatMap((point) => children(point));
  return inside(inside(points, 0xa0), 0xa0)
    .filter(({ tag }) => tag === 0x86)
    .map(({ content }) => content.toString("latin1"));
}

function readKeyUsage(value: Buffer | undefined): ReadonlySet<number> | undefined {
  if (value === undefined) return undefined;
  const [first = 0] = decode(value).content.subarray(1);
  return new Set([0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (first & (0x80 >> bit)) !== 0));
}
