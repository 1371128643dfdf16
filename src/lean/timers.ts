// Timers. lean/src/turns.rs waits for the next one.
import { host } from "./host.js";

/** The run ends by `exit`, which waits for no timer: `unref` has nothing to do. */
class Timer {
  dueMs: number;
  readonly run: () => void;
  readonly periodMs: number | undefined;

  constructor(run: () => void, ms: number, periodMs?: number) {
    this.run = run;
    this.dueMs = host.elapsedMs() + ms;
    this.periodMs = periodMs;
  }

  unref(): this {
    return this;
  }
}

/** In the order in which they were started. */
const timers = new Set<Timer>();

function start(timer: Timer): Timer {
  timers.add(timer);
  return timer;
}

type Callback = (...words: readonly unknown[]) => void;

export function setTimeout(run: Callback, ms = 0, ...words: readonly unknown[]): Timer {
  return start(new Timer(() => run(...words), ms));
}

export function setInterval(run: Callback, ms = 0, ...words: readonly unknown[]): Timer {
  return start(new Timer(() => run(...words), ms, Math.max(ms, 1)));
}

export function clear(timer: Timer | undefined): void {
  if (timer !== undefined) timers.delete(timer);
}

/** Runs the first timer that is due. Returns the time until the next one in milliseconds, undefined without any. */
host.turn = () => {
  let next: Timer | undefined;
  for (const timer of timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
  if (next === undefined) return undefined;
  const leftMs = next.dueMs - host.elapsedMs();
  if (leftMs > 0) return leftMs;
  if (next.periodMs === undefined) timers.delete(next);
  else next.dueMs = host.elapsedMs() + next.periodMs;
  next.run();
  return 0;
};
