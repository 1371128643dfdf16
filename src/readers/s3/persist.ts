import { setTimeout as sleep } from "node:timers/promises";
import { retry, retryPolicies } from "../../aws/http/retry.js";
import { explainS3Error, kindOfFailure } from "./errors.js";
import type { TransferTally } from "./object-store.js";
import { monotonicMs } from "../../aws/monotonic.js";

/** What the retries of a run share. */
export interface Persisting {
  /** In [0, 1). */
  readonly random: () => number;
  readonly tally: Pick<TransferTally, "requests" | "retries">;
  readonly signal: AbortSignal;
}

/**
 * Sends one request to S3 until it succeeds or a retry cannot help.
 *
 * @param attempt Calls `reset` for each byte of progress, so that failures are counted anew.
 * @throws the explained error; the signal's reason when it aborts
 */
export async function persist<T>(
  { random, tally, signal }: Persisting,
  operation: string,
  location: string,
  attempt: (reset: () => void) => Promise<T>,
): Promise<T> {
  return retry<T>(
    retryPolicies.s3,
    async () => {
      signal.throwIfAborted();
      tally.requests++;
      let progressed = false;
      try {
        return { value: await attempt(() => (progressed = true)) };
      } catch (error) {
        signal.throwIfAborted();
        return {
          failure: { kind: kindOfFailure(error), progressed },
          giveUp: () => {
            throw explainS3Error(error, operation, location);
          },
        };
      }
    },
    {
      now: monotonicMs,
      random,
      sleep: (ms) => sleep(ms, undefined, { signal }),
      onRetry: () => tally.retries++,
    },
  );
}
