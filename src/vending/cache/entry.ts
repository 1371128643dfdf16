import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { SessionCredentials } from "../../aws/credentials.js";
import type { HoldOff, Lifetime } from "../freshness.js";

/** The part of an entry that is not encrypted. */
export interface EntryHeader extends Lifetime {
  readonly roleArn: string;
  /** The certificate, as named in the settings. */
  readonly source: string;
  readonly holdOff?: HoldOff | undefined;
}

export interface Entry extends EntryHeader {
  readonly credentials: SessionCredentials;
}

const version = 1;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts an entry for the disk: a line of JSON, followed by the credentials under AES-256-GCM. The line and the
 * entry's name are authenticated too, so that no entry can replace another.
 *
 * @param secret Bytes that only a holder of the private key has.
 */
export function sealEntry({ credentials, ...header }: Entry, name: string, secret: Uint8Array): Buffer {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const line = Buffer.from(`${JSON.stringify({ version, ...header, salt: salt.toString("base64") })}\n`);
  const cipher = createCipheriv("aes-256-gcm", deriveKey(secret, salt), nonce);
  cipher.setAAD(Buffer.concat([Buffer.from(name), line]));
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const text = JSON.stringify([accessKeyId, secretAccessKey, sessionToken, expiration.getTime()]);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([line, nonce, cipher.getAuthTag(), sealed]);
}

/** @returns undefined if the entry is damaged, of another version, or was sealed with another name or key. */
export function openEntry(bytes: Buffer, name: string, secret: Uint8Array): Entry | undefined {
  const end = bytes.indexOf("\n") + 1;
  const header = readHeader(bytes);
  if (header === undefined || bytes.length < end + nonceBytes + tagBytes) return undefined;
  const { salt, ...shown } = header;
  const nonce = bytes.subarray(end, end + nonceBytes);
  const tag = bytes.subarray(end + nonceBytes, end + nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", deriveKey(secret, Buffer.from(salt, "base64")), nonce);
    decipher.setAAD(Buffer.concat([Buffer.from(name), bytes.subarray(0, end)]));
    decipher.setAuthTag(tag);
    const sealed = bytes.subarray(end + nonceBytes + tagBytes);
    const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
    const [accessKeyId, secretAccessKey, sessionToken, expirationMs] = JSON.parse(text) as [
      string,
      string,
      string,
      number,
    ];
    return {
      ...shown,
      credentials: { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expirationMs) },
    };
  } catch {
    return undefined;
  }
}

/** The public part of an entry. It is not authenticated. */
export function readHeader(bytes: Buffer): (EntryHeader & { readonly salt: string }) | undefined {
  try {
    const { version: found, ...header } = JSON.parse(bytes.subarray(0, bytes.indexOf("\n")).toString("utf8")) as {
      version: number;
    } & EntryHeader & { readonly salt: string };
    return found === version && isHeader(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

/** The last date of JavaScript, in milliseconds. */
const lastMs = 8.64e15;

function isHeader({
  obtainedMs,
  endMs,
  jitter,
  salt,
  roleArn,
  source,
  holdOff,
}: EntryHeader & { readonly salt: string }) {
  const times = [obtainedMs, endMs, ...(holdOff === undefined ? [] : [holdOff.untilMs])];
  if (!times.every((ms) => Number.isFinite(ms) && Math.abs(ms) <= lastMs) || !Number.isFinite(jitter)) return false;
  return [salt, roleArn, source].every((text) => typeof text === "string");
}

/** @see https://www.rfc-editor.org/rfc/rfc5869 */
function deriveKey(secret: Uint8Array, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, `rolesanywhere-ts cache entry ${version}`, 32));
}
