import { refuseExpired } from "../aws/credentials-expiry.js";
import type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
import { holdCredentials, requireForm } from "../aws/hold-credentials.js";
import { RolesAnywhereError, UsageError } from "../errors.js";
import { oneLine } from "../printable.js";

/**
 * Wraps the caller's credentials in a provider that calls the caller's only when the credentials are about to expire.
 *
 * If the caller's provider rejects, the error becomes the cause of a UsageError `ERR_CREDENTIALS`: the readers would
 * treat anything else as a network error and retry.
 */
export function toProvider(credentials: AwsCredentials | CredentialProvider): CredentialProvider {
  if (typeof credentials !== "function")
    return async () => requireForm(refuseExpired(credentials, "credentials", new Date()));
  return holdCredentials(async () => {
    try {
      return refuseExpired(await credentials(), "the credential provider", new Date());
    } catch (error) {
      if (error instanceof RolesAnywhereError) throw error;
      const text = error instanceof Error ? oneLine(error.message) : "unknown fault";
      throw new UsageError("ERR_CREDENTIALS", `the credential provider failed: ${text}`, {
        cause: error,
        hints: ["the cause of this error is what the provider rejected with"],
      });
    }
  });
}
