import { setTimeout as sleep } from "node:timers/promises";
import { RolesAnywhereError } from "../../errors.js";
import { explainFault, WorkloadFault } from "./faults.js";
import { answerMs, receiveSvids } from "./fetch-svid.js";
import type { SvidRequest } from "./request.js";
import type { Svid } from "./svid.js";

/** Milliseconds between attempts to reach an agent: doubled from the first to the longest. */
const pauseMs = { first: 1_000, longest: 30_000 };

export interface SvidStreamOptions {
  readonly request: SvidRequest;
  /** Called for each answer of the agent, and for each failure to get one. */
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps a call open, so that the agent reports each rotation. While the agent is away, its last SVIDs stay; when it
 * answers that there is no identity any more, they are dropped.
 */
export class SvidStream {
  readonly #options: SvidStreamOptions;
  readonly #waiting = new Set<() => void>();
  #svids: readonly Svid[] | undefined;
  #fault: unknown;

  constructor(options: SvidStreamOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Returns the newest SVIDs, if the agent sent any. */
  held(): readonly Svid[] | undefined {
    return this.#svids;
  }

  /**
   * Returns the newest SVIDs. Waits only for the agent's first answer.
   *
   * @throws IdentityError, NetworkError
   */
  async current(): Promise<readonly Svid[]> {
    if (this.#svids === undefined && this.#fault === undefined) await this.#answered();
    if (this.#svids !== undefined) return this.#svids;
    throw this.#fault ?? this.#explain(new WorkloadFault("timeout", `nothing within ${answerMs / 1000} s`));
  }

  /** Waits for an answer and keeps the process alive meanwhile, unlike the stream itself. */
  #answered(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, answerMs);
      this.#waiting.add(done);
    });
  }

  async #run(): Promise<void> {
    const { request, signal } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await receiveSvids(request, {
          keepsProcessAlive: false,
          signal,
          onSvids: (svids) => {
            this.#svids = svids;
            this.#fault = undefined;
            failures = 0;
            this.#tell();
            return true;
          },
        });
      } catch (error) {
        if (signal.aborted) return;
        this.#refuse(error);
      }
      await pause(Math.min(pauseMs.longest, pauseMs.first * 2 ** Math.min(failures, 6)), signal);
    }
  }

  #refuse(error: unknown): void {
    this.#fault = this.#explain(error);
    const isRefused = this.#fault instanceof RolesAnywhereError && this.#fault.code === "ERR_SPIFFE_IDENTITY";
    if (isRefused) this.#svids = undefined;
    this.#tell();
  }

  /** Returns the error to report. Unexpected errors are kept too, for later callers. */
  #explain(error: unknown): unknown {
    try {
      return explainFault(error, this.#options.request);
    } catch (fault) {
      return fault;
    }
  }

  #tell(): void {
    for (const done of this.#waiting) done();
    this.#options.onChange();
  }
}

/** Waits until the time is over or the signal aborts, without keeping the process alive. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined);
}
