import { renewalWindowSeconds } from "../aws/duration-limits.js";

/** When a session was obtained and expires, by this machine's clock, in milliseconds since 1970. */
export interface Lifetime {
  readonly obtainedMs: number;
  readonly endMs: number;
  /** A number in [0, 1), so that machines started together do not refresh together. */
  readonly jitter: number;
}

/** The wait after a failed refresh while the session was still valid. */
export interface HoldOff {
  readonly untilMs: number;
  /** Consecutive failures, at least 1. */
  readonly attempts: number;
}

/** The state of a session. */
export interface Freshness {
  /** The session is still valid. */
  readonly usable: boolean;
  /** The session can be returned without a refresh. */
  readonly fresh: boolean;
  /** Refresh now: the session is not fresh, and no backoff after a failed refresh applies to a valid session. */
  readonly due: boolean;
}

/** A session with less time left is of no use to its reader. */
const leastLeftMs = 60_000;
/** If the clock was set back by more, no plan can be trusted. */
const toleratedSetbackMs = 60_000;
/** Readers fetch again when 15 minutes are left (botocore, Java, .NET), so a session is refreshed before that. */
const windowMs = renewalWindowSeconds.default * 1000;
const maxAdvanceMs = 5 * 60_000;

/**
 * Plans the refresh of a session: when 20 minutes are left, or a third of a session shorter than an hour. Jitter moves
 * this forward by up to five minutes or a tenth of the session's duration, whichever is shorter.
 *
 * @param windowSeconds Refresh when this much is left, but at most two thirds of the duration, so that a new session is
 *   always worth caching.
 */
export function planRenewal({ obtainedMs, endMs, jitter }: Lifetime, windowSeconds?: number): number {
  const lengthMs = endMs - obtainedMs;
  const leftMs =
    windowSeconds === undefined ? Math.min(windowMs, lengthMs / 3) : Math.min(windowSeconds * 1000, (lengthMs * 2) / 3);
  return endMs - leftMs - Math.min(maxAdvanceMs, lengthMs / 10) * jitter;
}

/**
 * @param startMs When the session becomes valid.
 * @param endMs When it stops being valid.
 * @param renewAtMs From {@link planRenewal}, or earlier.
 * @param heldOff Whether the backoff after a failed refresh is running.
 */
export function judge(startMs: number, endMs: number, renewAtMs: number, nowMs: number, heldOff: boolean): Freshness {
  const usable = nowMs >= startMs && nowMs < endMs;
  const fresh = usable && nowMs < renewAtMs;
  return { usable, fresh, due: !fresh && !(usable && heldOff) };
}

/** Judges a cached session, with a minute of tolerance at its end and for a clock that was set back. */
export function judgeKept(
  kept: Lifetime & { readonly holdOff?: HoldOff | undefined },
  windowSeconds: number | undefined,
  nowMs: number,
): Freshness {
  return judge(
    kept.obtainedMs - toleratedSetbackMs,
    kept.endMs - leastLeftMs,
    planRenewal(kept, windowSeconds),
    nowMs,
    isHeldOff(kept.holdOff?.untilMs ?? 0, nowMs),
  );
}

/** Backoff after failures. */
export interface Pace {
  readonly firstMs: number;
  readonly maxMs: number;
}

const maxHoldMs = 5 * 60_000;

/** Returns the wait after a number of failures: doubles from the first to the maximum; half of it is random. */
export function planWait(attempts: number, random: number, { firstMs, maxMs }: Pace): number {
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 16));
  return ceilingMs / 2 + (ceilingMs / 2) * random;
}

export function planHoldOff(before: HoldOff | undefined, nowMs: number, random: number): HoldOff {
  const attempts = (before?.attempts ?? 0) + 1;
  return { untilMs: nowMs + planWait(attempts, random, { firstMs: 15_000, maxMs: maxHoldMs }), attempts };
}

/** Tells whether refreshes must wait. If the clock was set back to before the wait began, they need not. */
export function isHeldOff(untilMs: number, nowMs: number, sinceMs: number = untilMs - maxHoldMs): boolean {
  return nowMs < untilMs && nowMs >= sinceMs;
}

/**
 * @param expirationMs From the service, by its clock.
 * @param promisedMs The requested duration. If this machine's clock is behind the service's, the session would seem to
 *   last longer than that.
 */
export function planLifetime(obtainedMs: number, expirationMs: number, promisedMs: number, jitter: number): Lifetime {
  return { obtainedMs, endMs: obtainedMs + Math.min(expirationMs - obtainedMs, promisedMs), jitter };
}

/** Returns the whole minutes left of a session. */
export function minutesLeft({ endMs }: Pick<Lifetime, "endMs">, nowMs: number): number {
  return Math.floor((endMs - nowMs) / 60_000);
}
