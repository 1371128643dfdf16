import { renewalWindowSeconds } from "../aws/duration-limits.js";

/** How long a session lasts by this machine's clock; all instants in milliseconds since 1970. */
export interface Lifetime {
  readonly obtainedMs: number;
  readonly endMs: number;
  /** A number in [0, 1), so that machines started together do not renew together. */
  readonly jitter: number;
}

/** A renewal that failed while the session was still in force. */
export interface HoldOff {
  readonly untilMs: number;
  /** Failures in a row, at least 1. */
  readonly attempts: number;
}

/** What may be done with a session now. */
export interface Freshness {
  /** It still works. */
  readonly usable: boolean;
  /** It may be handed out without a thought of renewal. */
  readonly fresh: boolean;
  /** A new one is wanted now: this one is not fresh, and no failed renewal asks for a wait that it outlasts. */
  readonly due: boolean;
}

/** An answer with less left is of no use to its reader. */
const leastLeftMs = 60_000;
/** A clock that was set back by more makes every plan doubtful. */
const toleratedSetbackMs = 60_000;
/** Readers fetch again when 15 minutes are left (botocore, Java, .NET): a session is renewed before that. */
const windowMs = renewalWindowSeconds.default * 1000;
const maxAdvanceMs = 5 * 60_000;

/**
 * When to renew a session: when 20 minutes are left, or a third of a life shorter than an hour; moved forward by up to five
 * minutes or a tenth of its life.
 *
 * @param windowSeconds Renew when this much is left; cut to two thirds of the life, so that a new session is always worth
 *   keeping.
 */
export function planRenewal({ obtainedMs, endMs, jitter }: Lifetime, windowSeconds?: number): number {
  const lengthMs = endMs - obtainedMs;
  const leftMs =
    windowSeconds === undefined ? Math.min(windowMs, lengthMs / 3) : Math.min(windowSeconds * 1000, (lengthMs * 2) / 3);
  return endMs - leftMs - Math.min(maxAdvanceMs, lengthMs / 10) * jitter;
}

/**
 * @param startMs From when on the session may be used.
 * @param endMs Until when it may.
 * @param renewAtMs By {@link planRenewal}, or sooner.
 * @param heldOff Whether a failed renewal asks for a wait.
 */
export function judge(startMs: number, endMs: number, renewAtMs: number, nowMs: number, heldOff: boolean): Freshness {
  const usable = nowMs >= startMs && nowMs < endMs;
  const fresh = usable && nowMs < renewAtMs;
  return { usable, fresh, due: !fresh && !(usable && heldOff) };
}

/** A session that the cache keeps: a minute to spare at its end, and as much for a clock that was set back. */
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

/** How long to leave a service alone after failures. */
export interface Pace {
  readonly firstMs: number;
  readonly maxMs: number;
}

const maxHoldMs = 5 * 60_000;

/** The wait after the given number of failures: doubling from the first to the longest, of which the last half is chance. */
export function planWait(attempts: number, random: number, { firstMs, maxMs }: Pace): number {
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 16));
  return ceilingMs / 2 + (ceilingMs / 2) * random;
}

export function planHoldOff(before: HoldOff | undefined, nowMs: number, random: number): HoldOff {
  const attempts = (before?.attempts ?? 0) + 1;
  return { untilMs: nowMs + planWait(attempts, random, { firstMs: 15_000, maxMs: maxHoldMs }), attempts };
}

/** Whether renewals are to wait; a clock that was set back before the wait began does not prolong it. */
export function isHeldOff(untilMs: number, nowMs: number, sinceMs: number = untilMs - maxHoldMs): boolean {
  return nowMs < untilMs && nowMs >= sinceMs;
}

/**
 * @param expirationMs As the service tells it, by the service's clock.
 * @param promisedMs The length that was asked for. A clock that runs behind the service's would make the session look
 *   longer than that.
 */
export function planLifetime(obtainedMs: number, expirationMs: number, promisedMs: number, jitter: number): Lifetime {
  return { obtainedMs, endMs: obtainedMs + Math.min(expirationMs - obtainedMs, promisedMs), jitter };
}

/** Whole minutes that are left of a session. */
export function minutesLeft({ endMs }: Pick<Lifetime, "endMs">, nowMs: number): number {
  return Math.floor((endMs - nowMs) / 60_000);
}
