import {
  fromEnv,
  fromHttp,
  fromIni,
  fromInstanceMetadata,
  fromProcess,
  fromSSO,
  fromTokenFile,
} from "@aws-sdk/credential-providers";
import type { CredentialProvider } from "../aws/credentials.js";

/** The links of the AWS SDK's default chain, each on its own. */
export interface SingleMethods {
  readonly environment: CredentialProvider;
  readonly profile: (profile: string) => CredentialProvider;
  readonly webIdentity: CredentialProvider;
  readonly sso: (profile: string) => CredentialProvider;
  readonly process: (profile: string) => CredentialProvider;
  readonly container: CredentialProvider;
  readonly instance: CredentialProvider;
}

/** @param clientConfig For the STS calls of profiles and web identities. */
export function createSingleMethods(clientConfig: {
  readonly region: string;
  readonly endpoint?: string;
}): SingleMethods {
  return {
    environment: fromEnv(),
    profile: (profile) => fromIni({ profile, clientConfig }),
    webIdentity: fromTokenFile({ clientConfig }),
    sso: (profile) => fromSSO({ profile }),
    process: (profile) => fromProcess({ profile }),
    container: fromHttp({ timeout: 2_000, maxRetries: 0 }),
    instance: fromInstanceMetadata({ timeout: 1_000, maxRetries: 0 }),
  };
}
