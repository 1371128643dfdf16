import { createHmac, timingSafeEqual } from "node:crypto";
import { upperAlphanumeric } from "../state/memory.js";
import type { EmulatorState, OriginIdentity } from "../state/memory.js";

/** The largest session token that the emulator issues, in characters. The limit of AWS is not documented. */
export const maxSessionTokenSize = 32_768;
/** The characters of the seal before the payload. */
const sealLength = 44;

/** The contents of a session token. */
export interface Session {
  readonly accessKeyId: string;
  /** `arn:aws:sts::111122223333:assumed-role/Role/session` */
  readonly assumedRoleArn: string;
  readonly assumedRoleId: string;
  readonly roleArn: string;
  readonly sourceIdentity?: string;
  readonly originIdentity?: OriginIdentity;
  /** The policy given to AssumeRole. */
  readonly sessionPolicy?: string;
  /** The policies given to GetScopedCredentials, oldest first. */
  readonly scopePolicies?: readonly string[];
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
 * Creates credentials whose token contains the session, authenticated with the emulator's key. So they stay valid after
 * a restart with the same folder, as those of AWS would.
 */
export function issueCredentials(
  session: Omit<Session, "accessKeyId">,
  { sealingKey, state }: { readonly sealingKey: Buffer; readonly state: EmulatorState },
  minimumTokenSize = 0,
): IssuedCredentials {
  const accessKeyId = `ASIA${upperAlphanumeric(16)}`;
  const members = { ...session, accessKeyId };
  const wantedBytes = (Math.max(minimumTokenSize, state.minimumSessionTokenSize ?? 0) - sealLength) * (3 / 4);
  const padding = "x".repeat(Math.max(0, Math.ceil(wantedBytes) - Buffer.byteLength(JSON.stringify(members))));
  const payload = Buffer.from(JSON.stringify(padding === "" ? members : { ...members, padding })).toString("base64");
  return {
    accessKeyId,
    secretAccessKey: secretFor(accessKeyId, sealingKey),
    sessionToken: `${seal(payload, sealingKey).toString("base64")}${payload}`,
    expiration: new Date(session.expiresAtMs),
  };
}

/** @returns undefined for a token that this emulator did not issue. */
export function openSessionToken(token: string, sealingKey: Buffer): Session | undefined {
  const [mark, payload] = [token.slice(0, sealLength), token.slice(sealLength)];
  const expected = seal(payload, sealingKey);
  const found = Buffer.from(mark, "base64");
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
  return JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as Session;
}

/** Derives the secret access key of an access key ID that was issued with the same sealing key. */
export function secretFor(accessKeyId: string, sealingKey: Buffer): string {
  return createHmac("sha256", sealingKey).update(`secret ${accessKeyId}`).digest("base64").slice(0, 40);
}

function seal(payload: string, sealingKey: Buffer): Buffer {
  return createHmac("sha256", sealingKey).update(`token ${payload}`).digest();
}
