import type { AwsCredentials, CredentialProvider } from "./credentials.js";

const leadMs = 300_000;

/** Keeps a provider's answer until five minutes before it ends; a failure is kept for nobody. */
export function holdCredentials(provider: CredentialProvider): CredentialProvider {
  let current: Promise<AwsCredentials> | undefined;
  let renewAtMs = 0;
  return () => {
    if (current === undefined || Date.now() >= renewAtMs) {
      current = provider();
      renewAtMs = Number.POSITIVE_INFINITY;
      current.then(
        ({ expiration }) => {
          if (expiration !== undefined) renewAtMs = expiration.getTime() - leadMs;
        },
        () => {
          current = undefined;
        },
      );
    }
    return current;
  };
}
