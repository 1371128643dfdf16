import type { CredentialProvider } from "../aws/credentials.js";

export interface DefaultChainOptions {
  /** The profile to read; undefined for the chain's own choice (`AWS_PROFILE`, then `default`). */
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/**
 * The AWS SDK's default credential chain: environment, profile, SSO, web identity, process, container, EC2.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function createDefaultChain({ profile, region }: DefaultChainOptions): Promise<CredentialProvider> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider({
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { clientConfig: { region } }),
  });
}
