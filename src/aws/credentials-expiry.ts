import { UsageError } from "../errors.js";
import { perSurface } from "../message.js";
import type { AwsCredentials } from "./credentials.js";

/**
 * Returns the credentials unless they have expired. AWS would reject them later, with a less clear message.
 *
 * @param description Their origin in messages, such as `profile "app"`.
 * @throws UsageError `ERR_CREDENTIALS`
 */
export function refuseExpired<T extends Pick<AwsCredentials, "expiration">>(
  credentials: T,
  description: string,
  now: Date,
): T {
  const { expiration } = credentials;
  if (expiration === undefined || expiration.getTime() > now.getTime()) return credentials;
  const readable = Number.isFinite(expiration.getTime());
  throw new UsageError(
    "ERR_CREDENTIALS",
    readable
      ? `the credentials have expired (${description}): they ended at ${expiration.toISOString()}`
      : `the credentials have an expiry that is not a time (${description}), expected one such as 2030-01-31T12:00:00Z`,
    {
      hints: [
        perSurface({
          commandLine: "renew them, or name another source with --profile or --certificate",
          library: "renew them, or give a provider that does",
        }),
      ],
    },
  );
}
