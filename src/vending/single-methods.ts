import {
  fromEnv,
  fromHttp,
  fromInstanceMetadata,
  fromProcess,
  fromSSO,
  fromTokenFile,
} from "@aws-sdk/credential-providers";
import { refuseExpired } from "../aws/credentials-expiry.js";
import type { CredentialProvider } from "../aws/credentials.js";
import { createProfileProvider } from "./profile-provider.js";
import type { ProfileSources } from "./profile-provider.js";

/** The links of the AWS SDK's default chain, each on its own. */
export interface SingleMethods {
  readonly environment: CredentialProvider;
  readonly profile: (profile: string) => Promise<CredentialProvider>;
  readonly webIdentity: CredentialProvider;
  readonly sso: (profile: string) => CredentialProvider;
  readonly process: (profile: string) => CredentialProvider;
  readonly container: CredentialProvider;
  readonly instance: CredentialProvider;
}

/** @param clientConfig For the STS calls of profiles and web identities. */
export function createSingleMethods(
  clientConfig: ProfileSources["clientConfig"],
  environment: ProfileSources["environment"],
): SingleMethods {
  return {
    environment: async () => refuseExpired(await fromEnv()(), "AWS_CREDENTIAL_EXPIRATION", new Date()),
    profile: (profile) => createProfileProvider({ profile, clientConfig, environment }),
    webIdentity: fromTokenFile({ clientConfig }),
    sso: (profile) => fromSSO({ profile }),
    process: (profile) => fromProcess({ profile }),
    container: fromHttp({ timeout: 2_000, maxRetries: 0 }),
    instance: fromInstanceMetadata({ timeout: 1_000, maxRetries: 0 }),
  };
}
