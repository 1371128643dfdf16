import { setTimeout as delay } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { UsageError } from "../../src/errors.js";
import { message, setting } from "../../src/message.js";
import type { JobHandler } from "../../src/readers/workers/job.js";

/** Jobs for tests of the pool. A thread runs them from a bundle. */
export const jobs = {
  /** Answers in which thread it runs. */
  thread: (_settings: undefined): JobHandler<undefined, number> => ({ run: () => ({ output: threadId }) }),

  /** Adds what it is given, in no haste. */
  counter(start: number): JobHandler<number, number> {
    let count = start;
    return {
      async run(step) {
        const seen = count;
        await delay(5 - (count % 5));
        count = seen + step;
        return { output: count };
      },
    };
  },

  /** Counts its calls in shared memory, where a thread that waits can see them. */
  tally: (_settings: undefined): JobHandler<Int32Array<SharedArrayBuffer>, number> => ({
    run(calls) {
      const output = Atomics.add(calls, 0, 1) + 1;
      Atomics.notify(calls, 0);
      return { output };
    },
  }),

  /** Gives memory back, with its first byte increased. */
  bytes: (_settings: undefined): JobHandler<ArrayBuffer, ArrayBuffer> => ({
    run(memory) {
      new DataView(memory).setUint8(0, new DataView(memory).getUint8(0) + 1);
      return { output: memory, transfer: [memory] };
    },
  }),

  /** Fails as it is told. */
  faults(kind: string): JobHandler<string, never> {
    if (kind === "settings") throw new TypeError("these settings are wrong");
    return {
      run(input) {
        if (input === "exit") process.exit(3);
        if (input === "throw") {
          setImmediate(() => {
            throw new Error("out of nowhere");
          });
        }
        if (input === "wait" || input === "throw") return new Promise(() => undefined);
        if (input === "usage") {
          throw new UsageError("ERR_INPUT", message`give ${setting("where")}`, {
            hints: [message`leave out ${setting("limit")}`],
          });
        }
        throw new RangeError("too much");
      },
    };
  },
} as const;
