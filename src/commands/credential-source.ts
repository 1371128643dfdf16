import type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
import type { Arguments, OptionTable } from "./arguments.js";
import type { Invocation } from "./invocation.js";

/** Where a command's AWS credentials come from. */
export interface CredentialSource {
  /** For people: `certificate client.pem`, `profile "prod"`, `default credential chain`. */
  readonly description: string;
  /** The region the source itself implies: `--region`, the trust anchor's, the profile's, the environment's. */
  readonly region: string | undefined;
  /** Memoised; renews before the session ends, so a long run may call it for every request. */
  readonly provider: CredentialProvider;
}

/** Flags of every command that takes any credentials; spread into its option table. */
export const credentialSourceOptions = {
  profile: {
    kind: "string",
    describe: "take credentials from this AWS profile",
    placeholder: "NAME",
    group: "Credentials",
  },
  region: { kind: "string", describe: "AWS region", placeholder: "REGION", group: "Credentials" },
} as const satisfies OptionTable;

/**
 * Picks the source: the certificate flags (with their hops) when given, else `--profile`, else the AWS SDK's default
 * chain.
 */
export async function createCredentialSource(
  args: Arguments<typeof credentialSourceOptions>,
  invocation: Invocation,
): Promise<CredentialSource> {
  const { profile } = args.options;
  const { AWS_REGION, AWS_DEFAULT_REGION } = invocation.variables;
  const region = args.options.region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  const { createDefaultChain } = await import("../vending/default-chain.js");
  const provider = await createDefaultChain({ profile, region });
  return {
    description: profile === undefined ? "default credential chain" : `profile "${profile}"`,
    region,
    provider: renewing(provider),
  };
}

/** Keeps one answer until five minutes before it ends. */
function renewing(provider: CredentialProvider): CredentialProvider {
  let current: Promise<AwsCredentials> | undefined;
  let renewAtMs = 0;
  return () => {
    if (current === undefined || Date.now() >= renewAtMs) {
      current = provider();
      renewAtMs = Number.POSITIVE_INFINITY;
      current.then(
        ({ expiration }) => {
          if (expiration !== undefined) renewAtMs = expiration.getTime() - 300_000;
        },
        () => {
          current = undefined;
        },
      );
    }
    return current;
  };
}
