import type { Clock } from "../../src/vending/keep-fresh.js";

export interface ManualClock extends Clock {
  /** Advances time and fires every timer that is due, in order; promises settle between timers. */
  advance(milliseconds: number): Promise<void>;
  /** Moves only the wall clock, as a suspended machine or an administrator does. */
  jump(milliseconds: number): void;
  readonly pending: number;
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let wallMs = startMs;
  let monotonicMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    now: () => wallMs,
    after(delayMs, callback) {
      const timer = { dueMs: monotonicMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(milliseconds) {
      const end = monotonicMs + milliseconds;
      for (;;) {
        await settle();
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= end).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        wallMs += next.dueMs - monotonicMs;
        monotonicMs = next.dueMs;
        next.callback();
      }
      wallMs += end - monotonicMs;
      monotonicMs = end;
      await settle();
    },
    jump(milliseconds) {
      wallMs += milliseconds;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets all promises settle that can. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
