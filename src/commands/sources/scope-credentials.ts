import { accountOf, partitionOf } from "../../aws/arn.js";
import type { RoleArnText } from "../../aws/arn.js";
import type { AwsCredentials } from "../../aws/credentials.js";
import { defaultTimeouts } from "../../aws/http/exchange.js";
import { createSender } from "../../aws/http/send.js";
import { partitionOfRegion } from "../../aws/partition.js";
import { UsageError } from "../../errors.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { scopeDown, scopeEndpoint } from "../../vending/scope/narrow.js";
import type { Scoped } from "../../vending/scope/narrow.js";
import { parseScope } from "../../vending/scope/scope.js";
import type { ScopeOf } from "../../vending/scope/scope.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import { version } from "../../version.js";
import type { Invocation } from "../invocation.js";
import { requireRegion, resolveStsConnection } from "./sts-connection.js";
import type { StsSources } from "./sts-connection.js";
import { createVendContext } from "./vend-context.js";

export interface ScopeInput extends StsSources {
  readonly scope: ScopeOf;
  /** Region of the credentials; default: the profile's. */
  readonly region: string | undefined;
  /** Role of the credentials, if known. */
  readonly roleArn?: RoleArnText;
  /** Source of the credentials, for messages. */
  readonly description: string;
}

/**
 * Creates a function that scopes down credentials of any other source than a certificate. Validates the scope now.
 *
 * @throws UsageError
 */
export function createScoper(
  { scope: settingsIn, region: named, roleArn, description, ...sources }: ScopeInput,
  invocation: Invocation,
): <T extends AwsCredentials>(credentials: T) => Promise<Scoped<T>> {
  const context = createVendContext(sources.flags.debug ?? false, invocation);
  const { profileRegion, customEndpoint, ...reach } = resolveStsConnection(sources, invocation, context.debug);
  const region = requireRegion(roleArn === undefined ? "aws" : partitionOf(roleArn), named, profileRegion);
  const place: ScopePlace = {
    partition: roleArn === undefined ? partitionOfRegion(region).name : partitionOf(roleArn),
    region,
    accountId: roleArn && accountOf(roleArn),
  };
  const scopeIn = (complete: ScopePlace) => parseScope(settingsIn(complete), complete);
  const tried = scopeIn({ ...place, accountId: place.accountId ?? "ACCOUNT" });
  const scope = tried.policies.some((policy) => policy.includes(":ACCOUNT:")) ? undefined : tried;
  const connection = {
    ...context,
    send: createSender({ ...reach, timeouts: defaultTimeouts }),
    overallMs: defaultTimeouts.overallMs,
    endpoint: scopeEndpoint(customEndpoint, region, reach),
    region,
    userAgent: `rolesanywhere-ts/${version}`,
  };
  return async (credentials) => {
    requireTemporary(credentials, description);
    const complete = scope ?? scopeIn({ ...place, accountId: await findAccount(credentials, { ...reach, region }) });
    return scopeDown(credentials, complete, connection);
  };
}

function requireTemporary({ sessionToken }: AwsCredentials, description: string): void {
  if (sessionToken !== undefined) return;
  throw new UsageError(
    "ERR_CREDENTIALS",
    `the credentials (${description}) are keys without an end, and only temporary credentials can be scoped down`,
    {
      hints: [
        "take those of a role, a login or a certificate, or make a session of the keys with AWS CLI's get-session-token",
      ],
    },
  );
}

async function findAccount(credentials: AwsCredentials, connection: StsConnection): Promise<string | undefined> {
  if (credentials.accountId !== undefined) return credentials.accountId;
  const { getCallerArn } = await import("../../vending/caller-identity.js");
  return (await getCallerArn(credentials, connection))?.split(":")[4];
}
