import { redactUrls } from "../aws/redact-url.js";
import { defaultTimeouts } from "../aws/http/exchange.js";
import type { ExchangeTimeouts } from "../aws/http/exchange.js";
import { createSender } from "../aws/http/send.js";
import { formatEndpoint } from "../aws/endpoint.js";
import type { Region } from "../aws/region.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { Identity } from "../identity/identity.js";
import { loadIdentity } from "../identity/load-identity.js";
import type { IdentityContext } from "../identity/source.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { version } from "../version.js";
import { createSession } from "./create-session.js";
import type { CreateSessionContext } from "./create-session.js";
import type { Session } from "./session.js";
import { message } from "../message.js";
import { monotonicMs } from "../aws/monotonic.js";

/** The context of a vend. */
export interface VendContext extends IdentityContext {
  readonly workingDirectory: string;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Default: `defaultTimeouts`. */
  readonly timeouts?: ExchangeTimeouts;
  /** Aborts all calls in progress; the vend then throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** URL of the proxy, empty for none; default: from the environment. */
  readonly proxy?: string | undefined;
  /** Region of STS for role chaining; default: that of the session. */
  readonly hopRegion?: Region | undefined;
}

/**
 * Loads the identity, gets a session, assumes the chained roles and scopes the session down. Nothing is cached between
 * calls, so the next call reads files that were replaced.
 *
 * @throws IdentityError, ServiceError, NetworkError, UsageError
 */
export async function vend(settings: VendSettings, context: VendContext): Promise<Session> {
  traceSettings(settings, context);
  const identity = await loadIdentity(settings.identity, context);
  try {
    return await tradeIdentity(settings, identity, context);
  } finally {
    await identity.close?.();
  }
}

/** Does the same with a loaded identity. The caller closes the identity. */
export async function tradeIdentity(
  settings: VendSettings,
  identity: Identity,
  context: VendContext,
): Promise<Session> {
  const startedMs = monotonicMs();
  const lap = () => `${Math.round(monotonicMs() - startedMs)} ms`;
  const timeouts = context.timeouts ?? defaultTimeouts;
  context.debug(
    `identity: serial ${identity.leaf.serialNumber}, ${identity.algorithm}, ${identity.chain.length} intermediates`,
  );
  const calls = createSessionContext(settings, context);
  const takeSteps =
    settings.hops.length > 0 || settings.scope !== undefined
      ? await (await import("./steps.js")).planSteps(settings, { ...context, ...calls })
      : undefined;
  const session = await createSession(settings, identity, calls);
  context.debug(
    `session: ${session.assumedRoleArn ?? "(no ARN told)"} until ${session.expiration.toISOString()}, after ${lap()}`,
  );
  if (takeSteps === undefined) return session;
  const last = await takeSteps(session, Math.ceil(Math.max(1_000, timeouts.overallMs - (monotonicMs() - startedMs))));
  context.debug(`done after ${lap()}`);
  return last;
}

/** Creates the context of CreateSession from the settings. */
export function createSessionContext(settings: VendSettings, context: VendContext): CreateSessionContext {
  const { timeouts = defaultTimeouts, variables, debug, proxy } = context;
  const send = createSender({
    verifySsl: settings.verifySsl.value,
    caBundle: settings.caBundle,
    timeouts,
    variables,
    debug,
    proxy,
  });
  return { ...context, send, overallMs: timeouts.overallMs, userAgent: `rolesanywhere-ts/${version}` };
}

/** Writes every setting with its origin to the trace. */
export function traceSettings(settings: VendSettings, { debug }: VendContext): void {
  const show = (name: string, { value, origin }: Sourced<unknown>, text = String(value)) =>
    debug(message`setting ${name} = ${text} (${describeOrigin(origin)})`);
  const { identity, trustAnchorArn, profileArn, roleArn, region, endpoint, durationSeconds, roleSessionName } =
    settings;
  const { hops, sts, caBundle } = settings;
  show("trust-anchor-arn", trustAnchorArn, trustAnchorArn.value.text);
  show("profile-arn", profileArn, profileArn.value.text);
  show("role-arn", roleArn, roleArn.value.text);
  show("region", region);
  show("endpoint", endpoint, formatEndpoint(endpoint.value));
  show("session-duration", durationSeconds);
  if (roleSessionName !== undefined) show("role-session-name", roleSessionName);
  for (const name of ["certificate", "privateKey", "intermediates"] as const) {
    const found = identity[name];
    if (found !== undefined) show(name, found, found.value.label);
  }
  if (identity.passwordFile !== undefined) show("passwordFile", identity.passwordFile);
  for (const name of ["pkcs8Password", "pkcs12Password", "pkcs11Pin", "tpmKeyPassword"] as const) {
    const found = identity[name];
    if (found !== undefined) show(name, found, "(set, not shown)");
  }
  for (const [name, found] of [
    ["use-fips-endpoint", sts.useFipsEndpoint],
    ["use-dualstack-endpoint", sts.useDualstackEndpoint],
    ["sts endpoint", sts.endpoint],
    ["ca bundle", caBundle],
  ] as const) {
    if (found !== undefined) show(name, found, redactUrls(String(found.value)));
  }
  for (const [index, hop] of hops.entries()) show(`chained role ${index + 1}`, hop, hop.value.RoleArn);
}
