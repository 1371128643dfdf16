import { createHash, randomBytes } from "node:crypto";
import type { CertificateKey, Digest } from "./key.js";
import * as der from "./der.js";
import { encodeAlternativeNames, encodeName } from "./distinguished-name.js";
import type { AlternativeName, DistinguishedName } from "./distinguished-name.js";

const keyUsageBits = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

export type KeyUsage = keyof typeof keyUsageBits;

export const extendedKeyUsages = { clientAuth: "1.3.6.1.5.5.7.3.2", serverAuth: "1.3.6.1.5.5.7.3.1" } as const;

/** The contents of a certificate. The defaults produce a valid end-entity certificate. */
export interface CertificateSpec {
  /** Default `CN=client`. An empty list produces an empty name. */
  readonly subject?: DistinguishedName;
  /** Default: 16 random bytes, positive. Negative, zero and huge values are allowed. */
  readonly serial?: bigint;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: a year from now. */
  readonly notAfter?: Date;
  /** Default 3; version 1 has no extensions. */
  readonly version?: 1 | 3;
  /** CA:TRUE or CA:FALSE; `"absent"` leaves basicConstraints out. Default false. */
  readonly authority?: boolean | "absent";
  readonly pathLength?: number;
  /** `"absent"` omits keyUsage. Default digitalSignature, or the two signing bits of a CA. */
  readonly keyUsage?: readonly KeyUsage[] | "absent";
  readonly extendedKeyUsage?: readonly (keyof typeof extendedKeyUsages)[];
  readonly alternativeNames?: readonly AlternativeName[];
  /** URLs of the issuer's revocation list. */
  readonly revocationPoints?: readonly string[];
  /** Further extensions, each with its value in DER. They replace ours with the same identifier. */
  readonly extensions?: readonly { readonly id: string; readonly critical: boolean; readonly value: Uint8Array }[];
  /** The digest of the issuer's signature. Default `sha256`. */
  readonly digest?: Digest;
}

/** A certificate with its private key. */
export interface Issued {
  readonly subject: DistinguishedName;
  readonly key: CertificateKey;
  readonly der: Buffer;
  readonly pem: string;
}

/** Issues a certificate for a key. Without an issuer, it is self-signed. */
export function issueCertificate(key: CertificateKey, spec: CertificateSpec = {}, issuer?: Issued): Issued {
  const subject = spec.subject ?? [["CN", "client"]];
  const signer = issuer?.key ?? key;
  const digest = spec.digest ?? "sha256";
  const algorithm = signer.algorithmIdentifier(digest);
  const body = der.sequence(
    ...(spec.version === 1 ? [] : [der.encode(0xa0, der.integer(2n))]),
    der.integer(spec.serial ?? randomSerial()),
    algorithm,
    encodeName(issuer?.subject ?? subject),
    der.sequence(
      der.time(spec.notBefore ?? new Date(Date.now() - 3_600_000)),
      der.time(spec.notAfter ?? new Date(Date.now() + 365 * 86_400_000)),
    ),
    encodeName(subject),
    key.publicKeyInfo,
    ...(spec.version === 1 ? [] : [der.encode(0xa3, der.sequence(...extensions(spec, key, signer)))]),
  );
  const certificate = der.sequence(body, algorithm, der.bitString(signer.sign(body, digest)));
  return { subject, key, der: certificate, pem: formatPem("CERTIFICATE", certificate) };
}

/** Creates a certificate authority, self-signed or below another. */
export function createAuthority(key: CertificateKey, spec: CertificateSpec = {}, issuer?: Issued): Issued {
  const notAfter = new Date(Date.now() + 10 * 365 * 86_400_000);
  return issueCertificate(key, { subject: [["CN", "Root"]], notAfter, authority: true, ...spec }, issuer);
}

export function formatPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function randomSerial(): bigint {
  return BigInt(`0x4${randomBytes(16).toString("hex").slice(1)}`);
}

function extensions(spec: CertificateSpec, key: CertificateKey, signer: CertificateKey): Buffer[] {
  const authority = spec.authority ?? false;
  const keyUsage = spec.keyUsage ?? (authority === true ? ["keyCertSign", "cRLSign"] : ["digitalSignature"]);
  const found: Buffer[] = [];
  if (authority !== "absent") {
    const members = authority ? [der.boolean(true)] : [];
    if (spec.pathLength !== undefined) members.push(der.integer(BigInt(spec.pathLength)));
    found.push(extension("2.5.29.19", true, der.sequence(...members)));
  }
  if (keyUsage !== "absent") found.push(extension("2.5.29.15", true, encodeKeyUsage(keyUsage)));
  if (spec.extendedKeyUsage !== undefined) {
    const purposes = spec.extendedKeyUsage.map((name) => der.oid(extendedKeyUsages[name]));
    found.push(extension("2.5.29.37", false, der.sequence(...purposes)));
  }
  if (spec.alternativeNames !== undefined) {
    found.push(extension("2.5.29.17", false, encodeAlternativeNames(spec.alternativeNames)));
  }
  if (spec.revocationPoints !== undefined) {
    const points = spec.revocationPoints.map((url) => {
      const name = der.encode(0x86, Buffer.from(url));
      return der.sequence(der.encode(0xa0, der.encode(0xa0, name)));
    });
    found.push(extension("2.5.29.31", false, der.sequence(...points)));
  }
  for (const { id, critical, value } of spec.extensions ?? []) found.push(extension(id, critical, value));
  const isGiven = (id: string) => spec.extensions?.some((one) => one.id === id) === true;
  if (!isGiven("2.5.29.14"))
    found.push(extension("2.5.29.14", false, der.encode(der.tags.octetString, keyIdentifier(key))));
  if (!isGiven("2.5.29.35"))
    found.push(extension("2.5.29.35", false, der.sequence(der.encode(0x80, keyIdentifier(signer)))));
  return found;
}

/** RFC 5280 §4.2.1.2, method 1: identifies the key, without security relevance. */
function keyIdentifier(key: CertificateKey): Buffer {
  const [, bits] = der.children(der.decode(key.publicKeyInfo));
  return createHash("sha1")
    .update(bits?.content.subarray(1) ?? "")
    .digest();
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(id), ...flag, der.encode(der.tags.octetString, value));
}

function encodeKeyUsage(usages: readonly KeyUsage[]): Buffer {
  const bits = usages.reduce((sum, usage) => sum | (0x80 >> keyUsageBits[usage]), 0);
  let unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) === 0) unused++;
  return der.bitString(Buffer.from([bits]), bits === 0 ? 0 : unused);
}
