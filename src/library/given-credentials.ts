import { refuseExpired } from "../aws/credentials-expiry.js";
import type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
import { holdCredentials, requireForm } from "../aws/hold-credentials.js";
import { RolesAnywhereError, UsageError } from "../errors.js";
import { oneLine } from "../printable.js";

/**
 * Makes a provider of what a caller gave, asked again only when its answer is about to end.
 *
 * What the caller's own provider rejects with becomes UsageError `ERR_CREDENTIALS`, with it as the cause: the readers
 * would take anything else for a fault of the network and try again.
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
