/** How long a session lasts by this machine's clock; all instants in milliseconds since 1970. */
export interface Lifetime {
  readonly obtainedMs: number;
  readonly endMs: number;
  /** A number in [0, 1), so that machines started together do not renew together. */
  readonly jitter: number;
}

/** Readers run the process again on each access once 15 minutes are left (botocore, .NET). */
const defaultWindowMs = 20 * 60_000;
const maximumAdvanceMs = 5 * 60_000;
/** An answer with less left is of no use to its reader. */
const leastLeftMs = 60_000;
/** A clock that was set back by more makes every plan doubtful. */
const toleratedSetbackMs = 60_000;

/**
 * @param expirationMs As the service tells it, by the service's clock.
 * @param promisedMs The length that was asked for. A clock that runs behind the service's would make the session look
 *   longer than that.
 */
export function planLifetime(obtainedMs: number, expirationMs: number, promisedMs: number, jitter: number): Lifetime {
  return { obtainedMs, endMs: obtainedMs + Math.min(expirationMs - obtainedMs, promisedMs), jitter };
}

/**
 * Whether the session may be handed out without a thought of renewal.
 *
 * @param windowSeconds Renew when this much is left. By default 20 minutes, or a third of a life shorter than an hour; one
 *   that is given is cut to two thirds of the life, so that a new session is always worth keeping.
 */
export function isFresh(life: Lifetime, windowSeconds: number | undefined, nowMs: number): boolean {
  const lengthMs = life.endMs - life.obtainedMs;
  const windowMs =
    windowSeconds === undefined
      ? Math.min(defaultWindowMs, lengthMs / 3)
      : Math.min(windowSeconds * 1000, (lengthMs * 2) / 3);
  const advanceMs = Math.min(maximumAdvanceMs, lengthMs / 10) * life.jitter;
  return isInForce(life, nowMs) && nowMs < life.endMs - windowMs - advanceMs;
}

/** Whether the session still works, with a minute to spare. */
export function isInForce({ obtainedMs, endMs }: Lifetime, nowMs: number): boolean {
  return nowMs >= obtainedMs - toleratedSetbackMs && nowMs < endMs - leastLeftMs;
}

/** A renewal that failed while the session was still in force. */
export interface HoldOff {
  readonly untilMs: number;
  /** Failures in a row, at least 1. */
  readonly attempts: number;
}

const firstHoldMs = 15_000;
const maximumHoldMs = 5 * 60_000;

/** How long to leave the service alone: doubling from 15 s to 5 min, of which the last half is chance. */
export function planHoldOff(before: HoldOff | undefined, nowMs: number, random: number): HoldOff {
  const attempts = (before?.attempts ?? 0) + 1;
  const ceilingMs = Math.min(maximumHoldMs, firstHoldMs * 2 ** Math.min(attempts - 1, 16));
  return { untilMs: nowMs + ceilingMs / 2 + (ceilingMs / 2) * random, attempts };
}

/** Whether renewals are to wait; a clock that was set back does not prolong the wait. */
export function isHeldOff(hold: HoldOff | undefined, nowMs: number): boolean {
  return hold !== undefined && nowMs < hold.untilMs && nowMs >= hold.untilMs - maximumHoldMs;
}
