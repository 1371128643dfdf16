import { refuseExpired } from "../aws/credentials-expiry.js";
import type { CredentialProvider } from "../aws/credentials.js";
import type { Environment } from "../aws/environment.js";
import { givesCredentials, readSharedProfiles } from "../aws/shared-profiles.js";
import { UsageError } from "../errors.js";
import { oneLine } from "../printable.js";
import { onCommandLine } from "../message.js";
import { describeLink } from "./credential-link.js";
import { createProfileProvider } from "./profile-provider.js";

export interface DefaultChainOptions {
  readonly region: string | undefined;
  readonly environment: Pick<Environment, "variables" | "homeDirectory">;
  /** Prompts for the code of a profile's MFA device; undefined without a terminal. */
  readonly askMfaCode?: ((question: string) => Promise<string | undefined>) | undefined;
}

/**
 * Creates the AWS SDK's default credential chain: environment, profile, SSO, web identity, process, container, EC2. The
 * profile in `AWS_PROFILE`, or `default` if it has credentials, is used or fails: a container's role must not replace
 * it.
 *
 * @throws UsageError `ERR_CREDENTIALS` when called.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function createDefaultChain({
  region,
  environment,
  askMfaCode,
}: DefaultChainOptions): Promise<CredentialProvider> {
  const clientConfig = region === undefined ? {} : { region };
  const profile = decisiveProfile(environment);
  if (profile !== undefined) return createProfileProvider({ profile, clientConfig, environment, askMfaCode });
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const provider = defaultProvider({ clientConfig });
  return async () => {
    const credentials = await provider().catch(noCredentials);
    return refuseExpired(credentials, describeExpirySource(describeLink(credentials)), new Date());
  };
}

/** Returns the profile that must be used; undefined if the chain continues. */
function decisiveProfile(environment: DefaultChainOptions["environment"]): string | undefined {
  const { AWS_PROFILE: named, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment.variables;
  const { profiles } = readSharedProfiles(environment);
  if (named !== undefined && named !== "")
    return profiles.has(named) && !givesCredentials(profiles.get(named)) ? undefined : named;
  const inEnvironment = (id ?? "") !== "" && (secret ?? "") !== "";
  return !inEnvironment && givesCredentials(profiles.get("default")) ? "default" : undefined;
}

function describeExpirySource(link: string | undefined): string {
  if (link === undefined) return "default credential chain";
  return link === "environment variables" ? "environment variables, AWS_CREDENTIAL_EXPIRATION" : link;
}

/** Converts the SDK's error into one that explains how to give credentials. */
function noCredentials(error: unknown): never {
  const text = error instanceof Error ? oneLine(error.message) : "unknown fault";
  throw new UsageError("ERR_CREDENTIALS", `there are no credentials (default credential chain): ${text}`, {
    cause: error,
    hints: [
      onCommandLine("give --certificate and its flags, or name a profile that has credentials"),
      'or set one up: "rolesanywhere-ts configure", "aws configure", "aws sso login"',
      "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ],
  });
}
