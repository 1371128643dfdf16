import { NetworkError } from "../../errors.js";
import { monotonicMs } from "../../aws/monotonic.js";

/** The timeout of a run, in milliseconds. It pauses while the user is asked. */
export class TimeLimit {
  readonly ms: number;
  readonly #countdowns = new Set<Countdown>();
  #held = 0;

  constructor(ms: number) {
    this.ms = ms;
  }

  /**
   * Rejects if the work takes longer than the limit. Does not cancel the work.
   *
   * @throws NetworkError `ERR_TIMEOUT`
   */
  async within<T>(work: Promise<T>): Promise<T> {
    let countdown: Countdown | undefined;
    const overdue = new Promise<never>((_, reject) => {
      countdown = new Countdown(this.ms, () => reject(overrun(this.ms)));
      this.#countdowns.add(countdown);
      if (this.#held === 0) countdown.start();
    });
    try {
      return await Promise.race([work, overdue]);
    } finally {
      countdown?.stop();
      if (countdown !== undefined) this.#countdowns.delete(countdown);
    }
  }

  /** Pauses the timeout during a question. */
  async hold<T>(question: Promise<T>): Promise<T> {
    if (this.#held++ === 0) for (const countdown of this.#countdowns) countdown.stop();
    try {
      return await question;
    } finally {
      if (--this.#held === 0) for (const countdown of this.#countdowns) countdown.start();
    }
  }
}

class Countdown {
  readonly #onEnd: () => void;
  #leftMs: number;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onEnd: () => void) {
    this.#leftMs = ms;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#startedMs = monotonicMs();
    this.#timer = setTimeout(this.#onEnd, this.#leftMs);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs = Math.max(1, this.#leftMs - (monotonicMs() - this.#startedMs));
  }
}

function overrun(ms: number): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `not done within ${ms / 1000} s`, {
    hints: ["check the network path and the proxy (HTTPS_PROXY, NO_PROXY); --debug shows the last step"],
  });
}
