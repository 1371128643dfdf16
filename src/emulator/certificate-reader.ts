import { X509Certificate } from "node:crypto";
import { children, decode, decodeInteger, decodeOid, decodeTime, DerError, tags } from "./der.js";
import type { DerElement } from "./der.js";
import { decodeAlternativeNames, decodeName } from "./distinguished-name.js";
import type { AlternativeName, DistinguishedName } from "./distinguished-name.js";
import { isMldsaKey, verifyMldsa } from "./mldsa.js";

/** What the emulator reads out of a certificate that a client sent. */
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
  /** The bits by their number in RFC 5280 §4.2.1.3; undefined when the extension is absent. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly alternativeNames: readonly AlternativeName[];
  /** The bytes that the issuer signed, and its signature. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
}

export const digitalSignature = 0;
export const keyCertSign = 5;

/** @throws DerError when the bytes are not one X.509 certificate. */
export function parseCertificate(bytes: Buffer): ParsedCertificate {
  const [body, algorithm, signature] = children(decode(bytes));
  if (body === undefined || algorithm === undefined || signature === undefined) throw new DerError("cut short");
  const fields = [...children(body)];
  const version = fields[0]?.tag === 0xa0 ? Number(decodeInteger(decode(fields.shift()?.content ?? bytes))) + 1 : 1;
  const [serial, , issuer, validity, subject, keyInfo, ...optional] = fields;
  const [notBefore, notAfter] = validity === undefined ? [] : children(validity);
  if (!serial || !issuer || !notBefore || !notAfter || !subject || !keyInfo) throw new DerError("cut short");
  const extensions = readExtensions(optional.find(({ tag }) => tag === 0xa3));
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
    keyAlgorithm: algorithmOf(children(keyInfo)[0] ?? keyInfo),
    publicKeyInfo: keyInfo.bytes,
    authority: constraints,
    pathLength,
    keyUsage: readKeyUsage(extensions.get("2.5.29.15")),
    alternativeNames: decodeAlternativeNames(extensions.get("2.5.29.17") ?? Buffer.alloc(0)),
    signedBytes: body.bytes,
    signature: signature.content.subarray(1),
  };
}

/** Certificates in a PEM file's text. */
export function readPemCertificates(text: string): readonly ParsedCertificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => parseCertificate(Buffer.from(block.replaceAll(/-----[^-]+-----|\s/g, ""), "base64")));
}

/** Whether `issuer` signed `certificate` and carries its issuer's name. */
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

function readExtensions(wrapper: DerElement | undefined): ReadonlyMap<string, Buffer> {
  if (wrapper === undefined) return new Map();
  return new Map(
    children(decode(wrapper.content)).map((extension) => {
      const parts = children(extension);
      const [id] = parts;
      const value = parts.at(-1);
      if (id === undefined || value?.tag !== tags.octetString) throw new DerError("extension without value");
      return [decodeOid(id), value.content];
    }),
  );
}

function readBasicConstraints(value: Buffer | undefined): [authority: boolean, pathLength: number | undefined] {
  if (value === undefined) return [false, undefined];
  const members = children(decode(value));
  const flag = members.find(({ tag }) => tag === tags.boolean);
  const length = members.find(({ tag }) => tag === tags.integer);
  return [flag?.content[0] === 0xff, length === undefined ? undefined : Number(decodeInteger(length))];
}

function readKeyUsage(value: Buffer | undefined): ReadonlySet<number> | undefined {
  if (value === undefined) return undefined;
  const [first = 0] = decode(value).content.subarray(1);
  return new Set([0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (first & (0x80 >> bit)) !== 0));
}
