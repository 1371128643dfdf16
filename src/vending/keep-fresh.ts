import type { SessionCredentials } from "../aws/credentials.js";
import { NetworkError, ServiceError } from "../errors.js";
import { isHeldOff, judge, planRenewal, planWait } from "./freshness.js";
import type { Freshness } from "./freshness.js";

/** The clock as an argument, so that tests can control it. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970. */
  now(): number;
  /** Calls back once after the delay. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface KeepFreshOptions {
  /**
   * Gets a new session, or one from a cache. There is only one call at a time. If it returns the current session, it is
   * called again within a minute.
   */
  readonly vend: () => Promise<SessionCredentials>;
  /** Default: the system clock, with timers that do not keep the process alive. */
  readonly clock?: Clock;
  /** Returns numbers in [0, 1) for the jitter; default `Math.random`. */
  readonly random?: () => number;
  /** A call of `vend` fails after this time; milliseconds, default 60 000. */
  readonly vendTimeoutMs?: number;
  readonly onRenewed?: (held: HeldSession) => void;
  readonly onFailed?: (failure: RenewalFailure) => void;
}

/** A session in memory. */
export interface HeldSession {
  readonly credentials: SessionCredentials;
  readonly obtainedAtMs: number;
  readonly renewAtMs: number;
}

export interface RenewalFailure {
  readonly error: unknown;
  readonly failedAtMs: number;
  readonly retryAtMs: number;
  /** Failures since the last success, at least 1. */
  readonly attempts: number;
}

/** A session that is refreshed before it expires. */
export interface FreshSession {
  /**
   * Returns the session in memory until two seconds before it expires, and starts a refresh in the background when one
   * is due. Otherwise waits for the refresh in progress. During backoff without a valid session, throws the last error.
   */
  get(): Promise<SessionCredentials>;
  /** Returns the session in memory if it is valid; starts nothing. */
  current(): HeldSession | undefined;
  /** Starts a refresh in the background when one is due. */
  refreshIfDue(): void;
  /** The failure of the last refresh; undefined after a success. */
  lastFailure(): RenewalFailure | undefined;
  /**
   * Gets the first session and refreshes it in the background until `stop`. Rejects if the first attempt fails, but
   * continues to retry in the background, so a caller that gives up must call `stop`.
   */
  start(): Promise<SessionCredentials>;
  /** Refreshes now, or joins the refresh in progress. Meanwhile, `get` returns the current session. */
  renew(): Promise<SessionCredentials>;
  /** Stops refreshing in the background; `get` still works on demand. */
  stop(): void;
}

/** Backoff after failed refreshes. */
const retryPace = { firstMs: 1000, maxMs: 60_000 };
/** After this many failures the delay is at its maximum. */
const maxDelayAttempts = 7;
const maxTransitMs = 2_000;
/** Timers stop while a machine sleeps. Checking the wall clock this often detects that it woke up. */
const maxSleepMs = 30_000;

/** @param keepsProcessAlive Whether a pending timer keeps the process from ending. */
export function createSystemClock(keepsProcessAlive = false): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      if (!keepsProcessAlive) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Keeps one session fresh: refreshes it early, one refresh at a time, and serves the last one until it expires. */
export function keepFresh(options: KeepFreshOptions): FreshSession {
  return new KeptSession(options);
}

class KeptSession implements FreshSession {
  readonly #options: KeepFreshOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #held: HeldSession | undefined;
  #failure: RenewalFailure | undefined;
  #flight: Promise<SessionCredentials> | undefined;
  #cancelTimer: (() => void) | undefined;
  #running = false;

  constructor(options: KeepFreshOptions) {
    this.#options = options;
    this.#clock = options.clock ?? createSystemClock();
    this.#random = options.random ?? Math.random;
  }

  async get(): Promise<SessionCredentials> {
    this.refreshIfDue();
    const flight = this.#flight;
    const held = this.current();
    if (held !== undefined) return held.credentials;
    if (flight !== undefined) return flight;
    throw this.#failure?.error;
  }

  refreshIfDue(): void {
    if (this.#isDue()) void this.renew();
  }

  current(): HeldSession | undefined {
    const held = this.#held;
    return held !== undefined && judgeHeld(held, this.#clock.now()).usable ? held : undefined;
  }

  lastFailure(): RenewalFailure | undefined {
    return this.#failure;
  }

  async start(): Promise<SessionCredentials> {
    this.#running = true;
    const first = this.get();
    this.#schedule();
    return first;
  }

  renew(): Promise<SessionCredentials> {
    if (this.#flight === undefined) {
      this.#flight = this.#vendOnce().finally(() => {
        this.#flight = undefined;
        this.#schedule();
      });
      // Callers that wait for this refresh get its error. A refresh in the background has no such caller.
      this.#flight.catch(() => undefined);
    }
    return this.#flight;
  }

  stop(): void {
    this.#running = false;
    this.#cancelTimer?.();
  }

  /** Tells whether a refresh should start now. */
  #isDue(): boolean {
    if (this.#flight !== undefined) return false;
    const now = this.#clock.now();
    const failure = this.#failure;
    if (failure !== undefined) return !isHeldOff(failure.retryAtMs, now, failure.failedAtMs);
    return this.#held === undefined || judgeHeld(this.#held, now).due;
  }

  async #vendOnce(): Promise<SessionCredentials> {
    try {
      const credentials = await this.#vendInTime();
      const now = this.#clock.now();
      const expirationMs = credentials.expiration.getTime();
      refuseEnded(expirationMs, now);
      this.#failure = undefined;
      const plannedMs = planRenewal({ obtainedMs: now, endMs: expirationMs, jitter: this.#random() });
      // A cache returns the current session while AWS is not reachable. Less time is left than after a real refresh.
      const renewAtMs = isSame(credentials, this.#held?.credentials)
        ? Math.min(plannedMs, now + planWait(maxDelayAttempts, this.#random(), retryPace))
        : plannedMs;
      this.#held = { credentials, obtainedAtMs: now, renewAtMs };
    } catch (error) {
      const now = this.#clock.now();
      const attempts = (this.#failure?.attempts ?? 0) + 1;
      this.#failure = {
        error,
        attempts,
        failedAtMs: now,
        retryAtMs: now + planWait(attempts, this.#random(), retryPace),
      };
      this.#options.onFailed?.(this.#failure);
      throw error;
    }
    this.#options.onRenewed?.(this.#held);
    return this.#held.credentials;
  }

  #vendInTime(): Promise<SessionCredentials> {
    const timeoutMs = this.#options.vendTimeoutMs ?? 60_000;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => {
        reject(new NetworkError("ERR_TIMEOUT", `no session after ${timeoutMs / 1000} s`));
      });
      this.#options.vend().then(resolve, reject).finally(cancel);
    });
  }

  #schedule(): void {
    this.#cancelTimer?.();
    if (!this.#running || this.#flight !== undefined) return;
    const dueMs = this.#failure?.retryAtMs ?? this.#held?.renewAtMs ?? 0;
    const delayMs = Math.min(maxSleepMs, Math.max(0, dueMs - this.#clock.now()));
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      if (this.#isDue()) void this.renew();
      else this.#schedule();
    });
  }
}

function isSame(one: SessionCredentials, other: SessionCredentials | undefined): boolean {
  return one.accessKeyId === other?.accessKeyId && one.expiration.getTime() === other.expiration.getTime();
}

/**
 * Judges a session in memory. A signed request takes time to be verified, and the session must not expire meanwhile. If
 * the clock was set back, a refresh is due, because earlier plans do not hold, but the session is still valid.
 */
function judgeHeld({ credentials, obtainedAtMs, renewAtMs }: HeldSession, nowMs: number): Freshness {
  const endMs = credentials.expiration.getTime();
  const endOfUseMs = endMs - Math.min(maxTransitMs, (endMs - obtainedAtMs) / 20);
  return judge(-Infinity, endOfUseMs, nowMs < obtainedAtMs ? -Infinity : renewAtMs, nowMs, false);
}

function refuseEnded(expirationMs: number, nowMs: number): void {
  if (expirationMs > nowMs) return;
  const ended = Number.isFinite(expirationMs) ? new Date(expirationMs).toISOString() : "an unreadable time";
  throw new ServiceError("ERR_SERVICE_RESPONSE", `the new session already ended (${ended}) by this machine's clock`, {
    service: "rolesanywhere",
    operation: "CreateSession",
    statusCode: 200,
    serviceCode: "",
    hints: ["compare this machine's clock with the true time"],
  });
}
