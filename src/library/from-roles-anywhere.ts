import { accountOf, partitionOf } from "../aws/arn.js";
import { partitions } from "../aws/partition.js";
import { parseRegion } from "../aws/region.js";
import type { Region } from "../aws/region.js";
import { AgentFeed } from "../identity/spiffe/feed.js";
import type { SessionCredentials } from "../aws/credentials.js";
import { vendThroughCache } from "../vending/cache/vend-through-cache.js";
import { keepFresh } from "../vending/keep-fresh.js";
import type { FreshSession } from "../vending/keep-fresh.js";
import type { VendContext } from "../vending/vend.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { asCallError, createCallContext, unlessAborted } from "./call-context.js";
import { readyIdentity } from "./key-material.js";
import { readEnvironment, readOptionSources, resolveOptionCache, resolveOptionSettings } from "./option-settings.js";
import { sessionOptionNames } from "./option-names.js";
import { inOptionWords } from "./option-words.js";
import { refuseUnknown } from "./refuse-options.js";
import type { FailedRenewal, ProviderOptions, Renewal, SessionOptions } from "./session-options.js";

/** Settings of {@link fromRolesAnywhere}. */
export type FromRolesAnywhereOptions = SessionOptions & ProviderOptions;

/** Credentials of a session, in the shape that clients of the AWS SDK for JavaScript v3 accept. */
export interface RolesAnywhereCredentials extends SessionCredentials {
  /** Account ID of the role, 12 digits. */
  readonly accountId: string;
}

/** Properties that SDK clients and other callers can pass to the provider. */
export interface CallProperties {
  /** Gets a new session now, ignoring memory and cache. Rejects if that fails, even if the current session is valid. */
  readonly forceRefresh?: boolean | undefined;
  /** Aborts only this call; other calls that wait for the same session continue. */
  readonly signal?: AbortSignal | undefined;
  /** Configuration of the calling SDK client. Only its region is used, for role chaining. */
  readonly callerClientConfig?: { readonly region?: (() => Promise<string>) | undefined } | undefined;
}

/**
 * A credential provider: a `RuntimeConfigAwsCredentialIdentityProvider` of the AWS SDK for JavaScript v3. It can be the
 * `credentials` of any number of clients, which then share one session.
 */
export interface RolesAnywhereProvider {
  (properties?: CallProperties): Promise<RolesAnywhereCredentials>;
  /**
   * Tells SDK clients not to cache credentials: they call the provider for each request, so that it refreshes the
   * session when planned, not when five minutes are left of a client's copy.
   */
  readonly memoized: true;
}

/**
 * Creates a credential provider that trades an X.509 certificate for sessions of a role through IAM Roles Anywhere.
 *
 * - The first call reads certificate and key and calls AWS, nothing before it.
 * - One session is held in memory. A call that finds 20-25 minutes left (with jitter; the last third of a session
 *   shorter than an hour) starts a refresh but does not wait for it. There is one request, however many callers there
 *   are.
 * - If a refresh fails, the current session is returned until two seconds before it expires; retries start after 1 s
 *   and back off to a minute. An expired session is never returned: the last error is thrown.
 * - Each refresh reads certificate and key again, so renewed files take effect without a restart.
 *
 * @throws UsageError `ERR_ARN`, `ERR_ARN_MISMATCH`, `ERR_CONFLICT`, `ERR_SETTING` at once when an option is wrong,
 *   `ERR_CONFIG_FILE` when the AWS config file of `settingsProfile` cannot be read. The provider itself rejects with
 *   IdentityError, ServiceError, NetworkError or UsageError, or with the reason of a signal.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 * @example
 * ```ts
 * import { S3Client } from "@aws-sdk/client-s3";
 * import { fromRolesAnywhere } from "rolesanywhere-ts";
 *
 * const client = new S3Client({
 *   region: "us-east-1",
 *   credentials: fromRolesAnywhere({
 *     certificate: "client.pem",
 *     privateKey: "client.key",
 *     trustAnchorArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
 *     profileArn: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
 *     roleArn: "arn:aws:iam::111122223333:role/ROLE_NAME",
 *   }),
 * });
 * ```
 */
export function fromRolesAnywhere(options: FromRolesAnywhereOptions): RolesAnywhereProvider {
  try {
    return createProvider(options);
  } catch (error) {
    throw inOptionWords(error);
  }
}

/** Extra time beyond AWS calls: for a secret store, a token, or another process that fetches the session. */
const graceMs = 30_000;

function createProvider(options: FromRolesAnywhereOptions): RolesAnywhereProvider {
  refuseUnknown(options, sessionOptionNames.fromRolesAnywhere);
  const { signal, onRenewed, onRenewalFailed } = options;
  const environment = readEnvironment(options);
  const sources = readOptionSources(options, environment);
  const settings = resolveOptionSettings(sources, options);
  const cache = { ...resolveOptionCache(sources, environment), run: undefined };
  const agents = new AgentFeed(signal);
  // The cache may hold the session of the previous SVID.
  const svids = agents.follow(() => {
    forced = true;
    void session.renew();
  });
  const context = { ...createCallContext(options, environment), svids };
  const accountId = accountOfSession(settings);
  let callerRegion: (() => Promise<string>) | undefined;
  /** Whether the next refresh ignores cached sessions. */
  let forced = false;
  /** Whether the refresh in progress ignores them. */
  let forcing = false;

  async function vend(): Promise<SessionCredentials> {
    const renew = forced;
    forced = false;
    forcing = renew;
    try {
      signal?.throwIfAborted();
      const identity = await readyIdentity(settings.identity, options);
      const hopRegion = options.region === undefined ? await findHopRegion(settings, callerRegion) : undefined;
      const complete: VendContext = { ...context, hopRegion };
      return await vendThroughCache({ ...settings, identity }, { ...cache, renew }, complete);
    } catch (error) {
      throw asCallError(error, signal);
    } finally {
      forcing = false;
    }
  }

  const session = keepFresh({
    vend,
    vendTimeoutMs: context.timeouts.overallMs + graceMs,
    onRenewed: ({ credentials, renewAtMs }) =>
      tell(onRenewed, { expiration: new Date(credentials.expiration), renewAt: new Date(renewAtMs) }),
    onFailed: ({ error, attempts, retryAtMs }) =>
      tell(onRenewalFailed, { error, attempts, retryAt: new Date(retryAtMs) }),
  });

  async function renewNow(): Promise<SessionCredentials> {
    if (forcing) return session.renew();
    forced = true;
    const credentials = await session.renew();
    // The refresh in progress began before this call, so the cache may have answered it.
    return forced ? renewNow() : credentials;
  }

  const provide = async (properties: CallProperties = {}): Promise<RolesAnywhereCredentials> => {
    signal?.throwIfAborted();
    callerRegion = properties.callerClientConfig?.region ?? callerRegion;
    const credentials = await unlessAborted(() => ask(session, properties, renewNow), properties.signal);
    // A copy, because the SDK annotates credentials objects with their source.
    return { ...credentialsOf(credentials), accountId };
  };
  return Object.assign(provide, { memoized: true as const });
}

function ask(
  session: FreshSession,
  { forceRefresh }: CallProperties,
  renewNow: () => Promise<SessionCredentials>,
): Promise<SessionCredentials> {
  return forceRefresh === true ? renewNow() : session.get();
}

function credentialsOf(session: SessionCredentials): SessionCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = session;
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiration) };
}

/** A session belongs to the account of its role, the last one of a chain. */
function accountOfSession({ roleArn, hops }: VendSettings): string {
  return accountOf(hops.at(-1)?.value.RoleArn ?? roleArn.value.text);
}

/** Returns the calling client's region if its STS can serve the chained role. Clients may use any word as a region. */
async function findHopRegion(
  { hops }: VendSettings,
  callerRegion: (() => Promise<string>) | undefined,
): Promise<Region | undefined> {
  const [hop] = hops;
  if (hop === undefined || callerRegion === undefined) return undefined;
  const partitionName = partitionOf(hop.value.RoleArn);
  const partition = partitions.find(({ name }) => name === partitionName);
  const region = await callerRegion().catch(() => undefined);
  return region !== undefined && partition?.regionPattern.test(region) === true
    ? parseRegion(region, "region")
    : undefined;
}

/** Runs a hook separately, so that its exception does not count as a failed refresh. */
function tell<T extends Renewal | FailedRenewal>(hook: ((what: T) => void) | undefined, what: T): void {
  if (hook !== undefined) queueMicrotask(() => hook(what));
}
