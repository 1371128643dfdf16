import type { SessionCredentials } from "../aws/credentials.js";

/**
 * Formats the credential_process document in the official helper's key order, without a line end. `Expiration` has no
 * fraction of a second, because the strictest reader rejects it.
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

/** Formats `YYYY-MM-DDTHH:MM:SSZ`, rounded down, so that it is never later than the real expiration. */
export function formatExpiration(expiration: Date): string {
  return `${expiration.toISOString().slice(0, 19)}Z`;
}
