import type { SessionCredentials } from "../aws/credentials.js";
import { NetworkError, ServiceError } from "../errors.js";
import { isHeldOff, judge, planRenewal, planWait } from "./freshness.js";
import type { Freshness } from "./freshness.js";

/** Time as an argument, so that tests move it by hand. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970. */
  now(): number;
  /** Calls back once after the delay; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface KeepFreshOptions {
  /**
   * Makes one new session, or gives one that a cache holds; never called again while a call is under way. When it gives
   * the session that is held already, it is asked again within a minute.
   */
  readonly vend: () => Promise<SessionCredentials>;
  /** Default: the system's clock, with timers that do not keep the process alive. */
  readonly clock?: Clock;
  /** Numbers in [0, 1) for the jitter; default `Math.random`. */
  readonly random?: () => number;
  /** After this long a call of `vend` counts as failed; milliseconds, default 60 000. */
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

/** One session that is renewed ahead of its end. */
export interface FreshSession {
  /**
   * Answers from memory while the held session is valid, to two seconds before its end, starting a renewal in the background when one is due; else
   * joins the one renewal under way. While backing off with nothing valid it throws the last failure at once.
   */
  get(): Promise<SessionCredentials>;
  /** The held session while it is valid; starts nothing. */
  current(): HeldSession | undefined;
  /** The failure of the last renewal; undefined after a success. */
  lastFailure(): RenewalFailure | undefined;
  /**
   * Makes the first session and goes on renewing in the background until `stop`. Rejects when the first vend fails; the
   * background goes on trying nevertheless, so a caller that gives up calls `stop`.
   */
  start(): Promise<SessionCredentials>;
  /** Renews now, or joins the renewal under way; `get` goes on answering with the held session meanwhile. */
  renew(): Promise<SessionCredentials>;
  /** Ends the background renewal; `get` still works on demand. */
  stop(): void;
}

/** Delays of renewals that fail. */
const retryPace = { firstMs: 1000, maxMs: 60_000 };
/** After this many failures the delay is at its maximum. */
const maxDelayAttempts = 7;
const maxTransitMs = 2_000;
/** Timers stop while a machine sleeps: looking at the wall clock this often notices that it woke. */
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

/** Keeps one session fresh: one renewal at a time, ahead of the end, the last good one served until it ends. */
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
    const flight = this.#isDue() ? this.renew() : this.#flight;
    const held = this.current();
    if (held !== undefined) return held.credentials;
    if (flight !== undefined) return flight;
    throw this.#failure?.error;
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
      // Callers that wait for this renewal get its error. A renewal in the background has no such caller.
      this.#flight.catch(() => undefined);
    }
    return this.#flight;
  }

  stop(): void {
    this.#running = false;
    this.#cancelTimer?.();
  }

  /** Whether a renewal should begin now. */
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
      // A cache answers so while AWS is away: there is less time left than a plan for a new session supposes.
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
 * By the rules of memory: a request that is signed takes its time to be verified and must not find the session ended; a
 * clock that was set back makes renewal due, since no plan made before holds, and the session works nevertheless.
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
