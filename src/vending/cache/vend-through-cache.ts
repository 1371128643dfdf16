import { chainedDurationSeconds } from "../../aws/duration-limits.js";
import type { SessionCredentials } from "../../aws/credentials.js";
import type { Identity } from "../../identity/identity.js";
import { loadIdentity } from "../../identity/load-identity.js";
import { isSpiffe, type SpiffeSource } from "../../identity/material-source.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { defaultTimeouts, shortTimeouts } from "../../aws/http/exchange.js";
import { traceSettings, tradeIdentity } from "../vend.js";
import type { VendContext } from "../vend.js";
import { cacheKey } from "./key.js";
import type { Entry } from "./entry.js";
import { isOutage } from "./failure-note.js";
import { prepareFolder } from "./folder.js";
import { judgeKept, minutesLeft, planHoldOff, planLifetime } from "../freshness.js";
import { describeFault } from "./private-file.js";
import { createSlot } from "./session-slot.js";
import type { SessionSlot } from "./session-slot.js";
import { boardFlight } from "./single-flight.js";
import { sweepFolder } from "./sweep.js";
import { writeIndexRecord } from "./write-index.js";
import type { IndexedRun } from "./write-index.js";
import { textsOf } from "../../errors.js";
import type { Sourced } from "../../origin.js";
import { message, setting } from "../../message.js";
import { monotonicMs } from "../../aws/monotonic.js";

export interface CacheUse {
  /** Undefined: on for keys in files, off for keys in hardware. */
  readonly enabled: boolean | undefined;
  /** Undefined if neither a home folder nor a cache folder is known. */
  readonly folder: string | undefined;
  /** Refresh when this many seconds are left; undefined for the built-in rule. */
  readonly windowSeconds: number | undefined;
  /** Lets later runs use the fast path; undefined for a run that writes no index. */
  readonly run: IndexedRun | undefined;
  /** Ignores sessions that were cached before this call. */
  readonly renew?: boolean;
}

/**
 * Returns a fresh session from the cache. Otherwise, one process gets a new session while the others wait. If AWS is
 * not reachable, a session that is still valid is returned. Any problem with the cache itself is a cache miss and a
 * line in the trace.
 *
 * @throws IdentityError, ServiceError, NetworkError, UsageError
 */
export async function vendThroughCache(
  settings: VendSettings,
  cache: CacheUse,
  context: VendContext,
): Promise<SessionCredentials> {
  traceSettings(settings, context);
  const { certificate } = settings.identity;
  if (isSpiffe(certificate)) return vendFromAgent(settings, certificate, cache, context);
  const kept = await findBeforeDevice(settings, cache, context);
  if (kept !== undefined) return kept;
  const identity = await loadIdentity(settings.identity, context);
  try {
    const slot = await openSlot(settings, identity, cache, context);
    if (slot === undefined) return await tradeIdentity(settings, identity, context);
    const trade = (complete: VendContext) => tradeIdentity(settings, identity, complete);
    const credentials = await answer({ settings, trade, cache, context, slot, startedMs: monotonicMs() });
    const { keyMaterial, leaf } = identity;
    learn(cache, slot, keyMaterial?.files, Date.parse(leaf.x509.validTo), context);
    return credentials;
  } finally {
    await identity.close?.();
  }
}

/** Calls the agent only on a cache miss. */
async function vendFromAgent(
  settings: VendSettings,
  certificate: Sourced<SpiffeSource>,
  cache: CacheUse,
  context: VendContext,
): Promise<SessionCredentials> {
  const { openAgentSlot } = await import("./agent-session.js");
  const opened = openAgentSlot(settings, certificate, findFolder(cache, true, context), context);
  const trade = async (complete: VendContext) =>
    tradeIdentity(settings, await loadIdentity(settings.identity, complete), complete);
  if (opened === undefined) return trade(context);
  const { slot, sealPath } = opened;
  const credentials = await answer({ settings, trade, cache, context, slot, startedMs: monotonicMs() });
  learn(cache, slot, [sealPath], Number.MAX_SAFE_INTEGER, context);
  return credentials;
}

/** Lets later runs of the same command line take the fast path. */
function learn(
  { run, windowSeconds }: CacheUse,
  slot: SessionSlot,
  identityFiles: readonly string[] | undefined,
  untilMs: number,
  { debug }: VendContext,
): void {
  if (run !== undefined) writeIndexRecord({ run, slot, identityFiles, untilMs, windowSeconds, debug });
}

/** With --cache, try the cache before logging in to the token or TPM. */
async function findBeforeDevice(
  settings: VendSettings,
  { enabled, folder, windowSeconds, renew }: CacheUse,
  context: VendContext,
): Promise<SessionCredentials | undefined> {
  if (enabled !== true || renew === true || folder === undefined) return undefined;
  return (await import("./device-session.js")).findDeviceSession(settings, folder, windowSeconds, context);
}

async function openSlot(
  settings: VendSettings,
  identity: Identity,
  cache: CacheUse,
  { debug }: VendContext,
): Promise<SessionSlot | undefined> {
  const secret = identity.keyMaterial?.secret;
  const folder = findFolder(cache, secret !== undefined, { debug });
  if (folder === undefined) return undefined;
  try {
    const sealing = secret ?? (await import("./device-session.js")).readDeviceSecret(folder, settings.identity);
    return createSlot(folder, cacheKey(settings, identity.leaf.der), sealing, debug);
  } catch (error) {
    debug(`cache: not used: ${describeFault(error)}`);
    return undefined;
  }
}

/** Returns the folder, ready for use; undefined if the cache is off or unusable. */
function findFolder(
  { enabled, folder }: CacheUse,
  byDefault: boolean,
  { debug }: Pick<VendContext, "debug">,
): string | undefined {
  if (!(enabled ?? byDefault)) {
    debug(
      enabled === false
        ? "cache: off"
        : message`cache: off for keys in hardware, ${setting("cache", true)} turns it on`,
    );
    return undefined;
  }
  if (folder === undefined) {
    debug(message`cache: no place for it, since there is no home directory: ${setting("cache-dir")} names one`);
    return undefined;
  }
  const refusal = prepareFolder(folder);
  if (refusal !== undefined) {
    debug(`cache: not used: ${refusal}`);
    return undefined;
  }
  return folder;
}

interface Answering {
  /** By `monotonicMs()`. */
  readonly startedMs: number;
  readonly settings: VendSettings;
  /** Gets a session. */
  readonly trade: (context: VendContext) => Promise<SessionCredentials>;
  readonly cache: CacheUse;
  readonly context: VendContext;
  readonly slot: SessionSlot;
}

async function answer(answering: Answering): Promise<SessionCredentials> {
  const { cache, context, slot } = answering;
  const nowMs = () => context.now().getTime();
  const calledMs = nowMs();
  const isOpen = (entry: Entry) => cache.renew !== true || entry.obtainedMs > calledMs;
  const judged = (entry: Entry) => judgeKept(entry, cache.windowSeconds, nowMs());
  const isGood = (entry: Entry) => isOpen(entry) && !judged(entry).due;
  const kept = slot.read();
  if (kept !== undefined && isGood(kept)) {
    context.debug(describeAnswer("hit", kept, nowMs()));
    return kept.credentials;
  }
  const fallback = kept !== undefined && isOpen(kept) && judged(kept).usable ? kept : undefined;
  const flight = await boardFlight(slot, isGood, fallback === undefined, {
    ...context,
    elapsedMs: monotonicMs,
  });
  switch (flight.kind) {
    case "landed":
      context.debug(describeAnswer("another process just got it", flight.entry, nowMs()));
      return flight.entry.credentials;
    case "leave":
      if (fallback === undefined) return renew(answering, undefined);
      context.debug(describeAnswer("another process is renewing it", fallback, nowMs()));
      return fallback.credentials;
    case "alone":
      return renew(answering, fallback);
    case "pilot":
      return pilot(answering, fallback, flight.end);
  }
}

async function pilot(
  answering: Answering,
  fallback: Entry | undefined,
  end: (error?: unknown) => void,
): Promise<SessionCredentials> {
  try {
    const credentials = await renew(answering, fallback);
    end();
    return credentials;
  } catch (error) {
    end(error);
    throw error;
  }
}

/** Gets a new session and caches it. If AWS is not reachable, returns the one that is still valid. */
async function renew(answering: Answering, fallback: Entry | undefined): Promise<SessionCredentials> {
  const { trade, context, slot, startedMs } = answering;
  const waitedMs = monotonicMs() - startedMs;
  const patience = context.timeouts ?? defaultTimeouts;
  // With a session to fall back on, do not make the caller wait for a service that is down.
  const timeouts =
    fallback === undefined
      ? { ...patience, overallMs: Math.ceil(Math.max(1, patience.overallMs - waitedMs)) }
      : shortTimeouts;
  try {
    const session = await trade({ ...context, timeouts });
    keep(answering, session);
    return session;
  } catch (error) {
    if (fallback === undefined || !isOutage(error)) throw error;
    const nowMs = context.now().getTime();
    const holdOff = planHoldOff(fallback.holdOff, nowMs, context.random());
    slot.write({ ...fallback, holdOff });
    context.debug(
      message`cache: ${textsOf(error).message}; ${describeAnswer("still in force", fallback, nowMs)}, next try in ${Math.round((holdOff.untilMs - nowMs) / 1000)} s`,
    );
    return fallback.credentials;
  }
}

function keep({ settings, slot, cache, context }: Answering, credentials: SessionCredentials): void {
  const nowMs = context.now().getTime();
  const lifetime = planLifetime(nowMs, credentials.expiration.getTime(), promisedMs(settings), context.random());
  if (!judgeKept(lifetime, cache.windowSeconds, nowMs).fresh) {
    context.debug("cache: session not kept: by this machine's clock it is as good as over");
    return;
  }
  const { certificate, privateKey } = settings.identity;
  slot.write({
    ...lifetime,
    roleArn: settings.hops.at(-1)?.value.RoleArn ?? settings.roleArn.value.text,
    source: (certificate ?? privateKey)?.value.label ?? "certificate store",
    credentials,
  });
  try {
    sweepFolder(slot.folder, nowMs);
  } catch (error) {
    context.debug(`cache: folder not swept: ${describeFault(error)}`);
  }
}

/** The maximum duration of the last step's session. */
function promisedMs({ hops, durationSeconds, scope }: VendSettings): number {
  const last = hops.at(-1);
  const seconds =
    last === undefined ? durationSeconds.value : (last.value.DurationSeconds ?? chainedDurationSeconds.maximum);
  return Math.min(seconds, scope?.durationSeconds?.value ?? Infinity) * 1000;
}

function describeAnswer(why: string, entry: Entry, nowMs: number): string {
  return `cache: ${why}: session with ${minutesLeft(entry, nowMs)} min left`;
}
