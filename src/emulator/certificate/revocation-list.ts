import { verify } from "node:crypto";
import type { Issued } from "./authority.js";
import * as der from "./der.js";
import { encodeName } from "./distinguished-name.js";
import { isMldsaKey, verifyMldsa } from "./mldsa.js";
import type { ParsedCertificate } from "./reader.js";

/** The fields of a certificate revocation list that are evaluated. */
export interface RevocationList {
  readonly issuerBytes: Buffer;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly serials: ReadonlySet<bigint>;
  readonly signatureAlgorithm: string;
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
}

/** Digests of signatures over a list, by object identifier. */
const digests: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
};

/** @throws DerError if the bytes are not one X.509 revocation list. */
export function parseRevocationList(bytes: Buffer): RevocationList {
  const [body, algorithm, signature] = der.children(der.decode(bytes));
  if (body === undefined || algorithm === undefined || signature === undefined) throw new der.DerError("cut short");
  const fields = [...der.children(body)];
  if (fields[0]?.tag === der.tags.integer) fields.shift();
  const [, issuer, thisUpdate, ...rest] = fields;
  const [algorithmId] = der.children(algorithm);
  if (!issuer || !thisUpdate || !algorithmId) throw new der.DerError("cut short");
  const nextUpdate = rest.find(({ tag }) => tag === der.tags.utcTime || tag === der.tags.generalizedTime);
  const revoked = rest.find(({ tag }) => tag === der.tags.sequence);
  return {
    issuerBytes: issuer.bytes,
    thisUpdate: der.decodeTime(thisUpdate),
    nextUpdate: nextUpdate === undefined ? undefined : der.decodeTime(nextUpdate),
    serials: new Set(revoked === undefined ? [] : der.children(revoked).map(readSerial)),
    signatureAlgorithm: der.decodeOid(algorithmId),
    signedBytes: body.bytes,
    signature: signature.content.subarray(1),
  };
}

function readSerial(entry: der.DerElement): bigint {
  const [serial] = der.children(entry);
  if (serial === undefined) throw new der.DerError("an entry without a serial number");
  return der.decodeInteger(serial);
}

/** Whether `issuer` signed the list and has its issuer name. */
export async function isListOf(list: RevocationList, issuer: ParsedCertificate): Promise<boolean> {
  if (!list.issuerBytes.equals(issuer.subjectBytes)) return false;
  if (isMldsaKey(issuer.keyAlgorithm)) return verifyMldsa(issuer.publicKeyInfo, list.signedBytes, list.signature);
  const digest = Object.hasOwn(digests, list.signatureAlgorithm) ? digests[list.signatureAlgorithm] : undefined;
  if (digest === undefined) return false;
  const key = { key: issuer.publicKeyInfo, format: "der", type: "spki" } as const;
  return verify(digest, list.signedBytes, key, list.signature);
}

export interface RevocationListSpec {
  readonly serials: readonly bigint[];
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** A list in DER, signed by the authority. */
export function issueRevocationList(issuer: Issued, { serials, thisUpdate, nextUpdate }: RevocationListSpec): Buffer {
  const algorithm = issuer.key.algorithmIdentifier("sha256");
  const entries = serials.map((serial) => der.sequence(der.integer(serial), der.time(thisUpdate)));
  const body = der.sequence(
    der.integer(1n),
    algorithm,
    encodeName(issuer.subject),
    der.time(thisUpdate),
    der.time(nextUpdate),
    ...(entries.length === 0 ? [] : [der.sequence(...entries)]),
  );
  return der.sequence(body, algorithm, der.bitString(issuer.key.sign(body, "sha256")));
}
