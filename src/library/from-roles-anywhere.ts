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

/** A session's credentials, in the shape that every AWS SDK for JavaScript v3 client takes. */
export interface RolesAnywhereCredentials extends SessionCredentials {
  /** Account of the role that the credentials are for, 12 digits. */
  readonly accountId: string;
}

/** What an SDK client, or any other caller, may say when it asks for credentials. */
export interface CallProperties {
  /** Obtains a new session now, whatever is held or cached. Rejects when that fails, even while an older one is valid. */
  readonly forceRefresh?: boolean | undefined;
  /** Ends this wait; others that wait for the same session are not disturbed. */
  readonly signal?: AbortSignal | undefined;
  /** The SDK client that asks. Only its region is used, for role chaining. */
  readonly callerClientConfig?: { readonly region?: (() => Promise<string>) | undefined } | undefined;
}

/**
 * A credential provider: a `RuntimeConfigAwsCredentialIdentityProvider` of the AWS SDK for JavaScript v3, for the
 * `credentials` of any number of clients, which then share one session.
 */
export interface RolesAnywhereProvider {
  (properties?: CallProperties): Promise<RolesAnywhereCredentials>;
  /**
   * Tells SDK clients to keep no copy of their own: they ask at each request, so that a session is renewed when this
   * provider plans it, and not at the last five minutes of the clients' copies.
   */
  readonly memoized: true;
}

/**
 * Creates a credential provider that trades an X.509 certificate for sessions of a role through IAM Roles Anywhere.
 *
 * - Certificate and key are read, and AWS is asked, at the first call and not before.
 * - One session is held in memory and renewed when a call finds 20-25 minutes left of it (the last third of a life
 *   shorter than an hour), with jitter, by one request however many callers there are. The call that starts a renewal
 *   does not wait for it.
 * - While renewal fails the session that is held goes on being given until two seconds before it ends; tries are 1 s
 *   apart at first, then up to a minute. An expired session is never given: the last failure is thrown.
 * - Certificate and key are read again at each renewal, so renewed files count without a restart.
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

/** For what is not AWS's: a secret store, a token, another process that is asking. */
const graceMs = 30_000;

function createProvider(options: FromRolesAnywhereOptions): RolesAnywhereProvider {
  refuseUnknown(options, sessionOptionNames.fromRolesAnywhere);
  const { signal, onRenewed, onRenewalFailed } = options;
  const environment = readEnvironment(options);
  const sources = readOptionSources(options, environment);
  const settings = resolveOptionSettings(sources, options);
  const cache = { ...resolveOptionCache(sources, environment), run: undefined };
  const agents = new AgentFeed(signal);
  // The cache may hold the session of the SVID before.
  const svids = agents.follow(() => {
    forced = true;
    void session.renew();
  });
  const context = { ...createCallContext(options, environment), svids };
  const accountId = accountOfSession(settings);
  let callerRegion: (() => Promise<string>) | undefined;
  /** The next renewal takes nothing that was kept before. */
  let forced = false;
  /** So does the one under way. */
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
    // The renewal that was under way began before this call, and the cache may have answered it.
    return forced ? renewNow() : credentials;
  }

  const provide = async (properties: CallProperties = {}): Promise<RolesAnywhereCredentials> => {
    signal?.throwIfAborted();
    callerRegion = properties.callerClientConfig?.region ?? callerRegion;
    const credentials = await unlessAborted(() => ask(session, properties, renewNow), properties.signal);
    // A copy: the SDK notes on a credentials object where it came from.
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

/** A role's sessions belong to the role's account. */
function accountOfSession({ roleArn, hops }: VendSettings): string {
  return accountOf(hops.at(-1)?.value.RoleArn ?? roleArn.value.text);
}

/** The region of the client that asks, if it has an STS for the chained role. A client may name any word as its region. */
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

/** A hook's fault is its owner's: it must not pass for a failed renewal. */
function tell<T extends Renewal | FailedRenewal>(hook: ((what: T) => void) | undefined, what: T): void {
  if (hook !== undefined) queueMicrotask(() => hook(what));
}
