import { accountOf } from "../aws/arn.js";
import { refuseExpired } from "../aws/credentials-expiry.js";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
import { parseEndpoint, variantOf } from "../aws/endpoint.js";
import { chainedDurationSeconds } from "../aws/duration-limits.js";
import { environmentRegion, parseRegion } from "../aws/region.js";
import { UsageError } from "../errors.js";
import { configuredEndpoint, resolveCaBundle, resolveVariant, serviceNames } from "../settings/connection.js";
import { resolveHops } from "../settings/hops.js";
import { readSettingSources } from "../settings/sources.js";
import { walkHops } from "../vending/chain.js";
import type { HopStart } from "../vending/chain.js";
import { asCallError, createCallContext } from "./call-context.js";
import { isCreatedSession } from "./create-session.js";
import type { CreatedSession } from "./create-session.js";
import type { RolesAnywhereCredentials } from "./from-roles-anywhere.js";
import { readEnvironment, sourced, sourcedHops } from "./option-settings.js";
import { sessionOptionNames } from "./option-names.js";
import { refuseKeys, refuseUnknown } from "./refuse-options.js";
import type { ConnectionOptions } from "./session-options.js";

/** Settings of {@link assumeRoles}. */
export type AssumeRolesOptions = ConnectionOptions;

/** The session of the last role, as returned by AssumeRole. */
export interface AssumedRole {
  readonly credentials: RolesAnywhereCredentials;
  readonly assumedRoleUser: {
    /** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION` */
    readonly arn: string | undefined;
    /** `AROA…:SESSION` */
    readonly assumedRoleId: string | undefined;
  };
  /** How much of the available space the session policies and tags use, in percent. */
  readonly packedPolicySize: number | undefined;
  readonly sourceIdentity: string | undefined;
  readonly expiration: Date;
  readonly roleArn: string;
  /** Region of the STS endpoint that was called. */
  readonly region: string;
}

/**
 * Assumes one role after the other, each with the credentials of the previous one.
 *
 * Without `RoleSessionName`, a role uses the name of the previous session if it is known, else `rolesanywhere-ts`.
 * Without `DurationSeconds`, its session lasts one hour, the maximum of role chaining, or as long as the previous
 * session, but at least 900 s.
 *
 * @param from The result of {@link createSession}, credentials, or a credential provider.
 * @param roles 1-8 roles in order, with the parameter names of AssumeRole.
 * @throws UsageError `ERR_SETTING`, `ERR_ARN` when a role or an option is wrong, or no region is known; ServiceError
 *   and NetworkError that name the role.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @example
 * ```ts
 * const { credentials } = await assumeRoles(await createSession(options), [
 *   { RoleArn: "arn:aws:iam::444455556666:role/Partner", ExternalId: "example-external-id" },
 * ]);
 * ```
 */
export async function assumeRoles(
  from: AwsCredentials | CreatedSession | CredentialProvider,
  roles: readonly AssumeRoleParameters[],
  options: AssumeRolesOptions = {},
): Promise<AssumedRole> {
  try {
    refuseUnknown(options, sessionOptionNames.assumeRoles);
    options.signal?.throwIfAborted();
    return await walk(typeof from === "function" ? await from() : from, roles, options);
  } catch (error) {
    throw asCallError(error, options.signal);
  }
}

async function walk(
  from: AwsCredentials | CreatedSession,
  given: readonly AssumeRoleParameters[],
  options: AssumeRolesOptions,
): Promise<AssumedRole> {
  refuseKeys({ from, ...options });
  for (const hop of given) refuseKeys({ hop });
  const environment = readEnvironment(options);
  const { useFipsEndpoint, useDualstackEndpoint, verifySsl = true } = options;
  const sources = readSettingSources(
    {
      "use-fips-endpoint": useFipsEndpoint,
      "use-dualstack-endpoint": useDualstackEndpoint,
    },
    {},
    environment,
  );
  const [nearest, ...further] = resolveHops({ ...sources, hops: sourcedHops(given) }).map(({ value }) => value);
  if (nearest === undefined) {
    throw new UsageError("ERR_SETTING", "no role is given, expected 1-8", {
      hints: ['give [{ RoleArn: "arn:aws:iam::111122223333:role/NAME" }]'],
    });
  }
  if (options.stsEndpoint !== undefined) parseEndpoint(options.stsEndpoint, "stsEndpoint");
  const variant = variantOf(resolveVariant(sources));
  const { timeouts, ...context } = createCallContext(options, environment);
  const session = await walkHops(
    startOf(from, options.region ?? regionOf(from, environment.variables), context.now()),
    [nearest, ...further],
    {
      ...context,
      endpoint: options.stsEndpoint ?? configuredEndpoint(serviceNames.sts, sources)?.value,
      ...variant,
      verifySsl,
      caBundle: sourced("caBundle", options.caBundle) ?? resolveCaBundle(sources),
      overallMs: timeouts.overallMs,
    },
    context.now(),
  );
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = session;
  return {
    credentials: {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration,
      accountId: accountOf(session.roleArn),
    },
    assumedRoleUser: { arn: session.assumedRoleArn, assumedRoleId: session.assumedRoleId },
    packedPolicySize: session.packedPolicySize,
    sourceIdentity: session.sourceIdentity,
    expiration,
    roleArn: session.roleArn,
    region: session.region,
  };
}

function startOf(from: AwsCredentials | CreatedSession, region: string | undefined, now: Date): HopStart {
  if (region === undefined) {
    throw new UsageError("ERR_SETTING", "no region is known for STS", {
      hints: ["give region, or set AWS_REGION"],
    });
  }
  const credentials = refuseExpired(isCreatedSession(from) ? from.credentials : from, "credentials", now);
  return {
    ...credentials,
    expiration: credentials.expiration ?? new Date(now.getTime() + chainedDurationSeconds.maximum * 1000),
    region: parseRegion(region, "region"),
    assumedRoleArn: isCreatedSession(from) ? from.assumedRoleUser?.arn : undefined,
  };
}

function regionOf(
  from: AwsCredentials | CreatedSession,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return isCreatedSession(from) ? from.region : environmentRegion(variables);
}
