import { createHmac, timingSafeEqual } from "node:crypto";
import { upperAlphanumeric } from "../state/memory.js";

/** What a session token stands for. */
export interface Session {
  readonly accessKeyId: string;
  /** `arn:aws:sts::111122223333:assumed-role/Role/session` */
  readonly assumedRoleArn: string;
  readonly assumedRoleId: string;
  readonly roleArn: string;
  readonly sourceIdentity?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Makes credentials whose token carries the session itself, sealed with the emulator's own key: they stay good when
 * the emulator is started again on the same folder, as real ones would.
 */
export function issueCredentials(session: Omit<Session, "accessKeyId">, sealingKey: Buffer): IssuedCredentials {
  const accessKeyId = `ASIA${upperAlphanumeric(16)}`;
  const payload = Buffer.from(JSON.stringify({ ...session, accessKeyId })).toString("base64");
  return {
    accessKeyId,
    secretAccessKey: secretFor(accessKeyId, sealingKey),
    sessionToken: `${seal(payload, sealingKey).toString("base64")}${payload}`,
    expiration: new Date(session.expiresAtMs),
  };
}

/** @returns undefined for a token that this emulator did not issue. */
export function openSessionToken(token: string, sealingKey: Buffer): Session | undefined {
  const [mark, payload] = [token.slice(0, 44), token.slice(44)];
  const expected = seal(payload, sealingKey);
  const found = Buffer.from(mark, "base64");
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
  return JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as Session;
}

/** The secret access key that belongs to an access key id issued with the same sealing key. */
export function secretFor(accessKeyId: string, sealingKey: Buffer): string {
  return createHmac("sha256", sealingKey).update(`secret ${accessKeyId}`).digest("base64").slice(0, 40);
}

function seal(payload: string, sealingKey: Buffer): Buffer {
  return createHmac("sha256", sealingKey).update(`token ${payload}`).digest();
}
