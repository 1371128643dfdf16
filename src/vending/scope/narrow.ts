import { parseEndpoint, serviceEndpoint } from "../../aws/endpoint.js";
import type { Endpoint, EndpointVariant } from "../../aws/endpoint.js";
import type { AwsCredentials, SessionCredentials } from "../../aws/credentials.js";
import type { Region } from "../../aws/region.js";
import { ServiceError, UsageError } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";
import { getScopedCredentials } from "./get-scoped-credentials.js";
import type { ScopedCredentials } from "./answer.js";
import type { ScopeConnection, ScopeParameters } from "./get-scoped-credentials.js";
import type { Scope } from "./scope.js";

/** The time until STS evaluates the request. */
const transitSeconds = 5;

/** A session after scoping. */
export type Scoped<T> = T & Partial<SessionCredentials & Pick<ScopedCredentials, "scopedPoliciesCount">>;

/**
 * Scopes the session down with one GetScopedCredentials call per policy. The result expires when the scope says, or
 * with the session if that is earlier.
 *
 * @throws ServiceError, NetworkError
 */
export async function scopeDown<T extends AwsCredentials>(
  session: T,
  { policies, durationSeconds, description }: Scope,
  connection: ScopeConnection,
): Promise<Scoped<T>> {
  const shorter = isShorter(durationSeconds, session, connection.now()) ? durationSeconds : undefined;
  const [first, ...further] = policies;
  if (first === undefined && shorter === undefined) {
    connection.debug("scope: the session ends sooner than the scope would");
    return session;
  }
  const layers = [first, ...further];
  let scoped: Scoped<T> = session;
  for (const [index, Policy] of layers.entries()) {
    const answer = await requestScope(
      {
        ...(Policy === undefined ? {} : { Policy }),
        ...(shorter === undefined || index < layers.length - 1 ? {} : { DurationSeconds: shorter }),
        ...(description === undefined ? {} : { ScopedSessionDescription: description }),
      },
      scoped,
      connection,
    );
    const { arn: _, ...credentials } = answer;
    scoped = { ...scoped, ...credentials };
  }
  return scoped;
}

function isShorter(seconds: number | undefined, { expiration }: AwsCredentials, now: Date): seconds is number {
  if (seconds === undefined || expiration === undefined) return seconds !== undefined;
  return now.getTime() + (seconds + transitSeconds) * 1000 < expiration.getTime();
}

/** If the clock is wrong, a session seems to last longer than it does. Then the scope lasts as long as the session. */
async function requestScope(
  parameters: ScopeParameters,
  credentials: AwsCredentials,
  connection: ScopeConnection,
): Promise<ScopedCredentials> {
  try {
    return await getScopedCredentials(parameters, credentials, connection);
  } catch (error) {
    const { DurationSeconds, ...others } = parameters;
    const isTooLong = error instanceof ServiceError && error.serviceCode.startsWith("InsufficientSessionLifetime");
    if (!isTooLong || DurationSeconds === undefined || others.Policy === undefined) throw error;
    connection.debug(`scope: less than ${DurationSeconds} s of the session are left, and the scope ends with it`);
    return getScopedCredentials(others, credentials, connection);
  }
}

/**
 * Returns the regional endpoint of STS.
 *
 * @param custom Replaces the region's own.
 * @throws UsageError `ERR_SETTING` for the global endpoint, which lacks the operation.
 */
export function scopeEndpoint(custom: Sourced<string> | undefined, region: Region, variant: EndpointVariant): Endpoint {
  if (custom === undefined) return serviceEndpoint("sts", region, variant);
  const subject = describeOrigin(custom.origin);
  const endpoint = parseEndpoint(custom.value, subject);
  if (endpoint.hostname !== "sts.amazonaws.com") return endpoint;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is the global endpoint of STS, which cannot scope sessions down`,
    {
      hints: [`name that of the region, https://sts.${region}.amazonaws.com, or leave it out`],
    },
  );
}
