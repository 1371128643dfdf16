import { createHmac, timingSafeEqual } from "node:crypto";
import { upperAlphanumeric } from "../state/memory.js";

/** The contents of a session token. */
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
 * Creates credentials whose token contains the session, encrypted with the emulator's key. So they stay valid after a
 * restart with the same folder, as those of AWS would.
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

/** The secret access key of an access key id that was issued with the same sealing key. */
export function secretFor(accessKeyId: string, sealingKey: Buffer): string {
  return createHmac("sha256", sealingKey).update(`secret ${accessKeyId}`).digest("base64").slice(0, 40);
}

function seal(payload: string, sealingKey: Buffer): Buffer {
  return createHmac("sha256", sealingKey).update(`token ${payload}`).digest();
}
