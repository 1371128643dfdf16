import { planWait } from "../vending/freshness.js";
import type { Clock } from "../vending/keep-fresh.js";
import type { RenewalResult } from "./renew.js";

export interface RenewalFault {
  readonly error: unknown;
  readonly retryAtMs: number;
  /** Failures in a row, at least 1. */
  readonly attempts: number;
  /** End of the present certificate, in milliseconds since 1970; undefined if it was never read. */
  readonly endMs: number | undefined;
}

export interface KeepRenewedOptions {
  /** @param jitter In [0, 1), the same for each attempt. */
  readonly renew: (jitter: number) => Promise<RenewalResult>;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly onResult: (result: RenewalResult) => void;
  readonly onFailed: (fault: RenewalFault) => void;
}

export interface RenewedCertificate {
  /**
   * Checks the certificate and renews it if due, then continues in the background until `stop`.
   *
   * @throws the error of the first attempt; the background continues nevertheless
   */
  start(): Promise<void>;
  stop(): void;
}

const minWaitMs = 1_000;
const firstWaitMs = 5_000;
const maxWaitMs = 600_000;
/** Timers stop while a machine sleeps, and another program may replace the file. Both are noticed within this time. */
const maxSleepMs = 60_000;

/** Keeps a certificate renewed before its end. Backs off while the authority cannot be reached. */
export function keepRenewed(options: KeepRenewedOptions): RenewedCertificate {
  return new RenewalLoop(options);
}

class RenewalLoop implements RenewedCertificate {
  readonly #options: KeepRenewedOptions;
  readonly #random: () => number;
  readonly #jitter: number;
  #attempts = 0;
  #endMs: number | undefined;
  #nextMs = 0;
  #stopped = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: KeepRenewedOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#jitter = this.#random();
  }

  start(): Promise<void> {
    return this.#attempt();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  async #attempt(): Promise<void> {
    try {
      const result = await this.#options.renew(this.#jitter);
      this.#attempts = 0;
      this.#endMs = result.endMs;
      this.#nextMs = Math.max(result.nextMs, this.#options.clock.now() + minWaitMs);
      this.#options.onResult(result);
    } catch (error) {
      this.#attempts++;
      this.#nextMs = this.#options.clock.now() + this.#planRetry();
      this.#options.onFailed({ error, retryAtMs: this.#nextMs, attempts: this.#attempts, endMs: this.#endMs });
      throw error;
    } finally {
      this.#schedule();
    }
  }

  /** The closer the end, the shorter the pauses. */
  #planRetry(): number {
    const leftMs = (this.#endMs ?? Number.POSITIVE_INFINITY) - this.#options.clock.now();
    const maxMs = leftMs <= 0 ? maxWaitMs : Math.max(firstWaitMs, Math.min(maxWaitMs, leftMs / 8));
    return planWait(this.#attempts, this.#random(), { firstMs: firstWaitMs, maxMs });
  }

  #schedule(): void {
    if (this.#stopped) return;
    const delayMs = Math.min(maxSleepMs, Math.max(0, this.#nextMs - this.#options.clock.now()));
    this.#cancelTimer = this.#options.clock.after(delayMs, () => {
      if (this.#options.clock.now() >= this.#nextMs) this.#attempt().catch(() => undefined);
      else this.#schedule();
    });
  }
}
