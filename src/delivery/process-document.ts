import type { SessionCredentials } from "../aws/credentials.js";

/**
 * The credential_process document in the official helper's key order, without a line end. `Expiration` has no
 * fractions of a second, which the strictest reader refuses.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function formatProcessDocument({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: SessionCredentials): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: formatExpiration(expiration),
  });
}

/** `YYYY-MM-DDTHH:MM:SSZ`, rounded down: a session is never said to last longer than it does. */
export function formatExpiration(expiration: Date): string {
  return `${expiration.toISOString().slice(0, 19)}Z`;
}
