import { monotonicMs } from "../monotonic.js";

/** Windows refuses to replace a file that a reader or a virus scanner has open, until that program closes it. */
const busyCodes: ReadonlySet<string | undefined> = new Set(["EPERM", "EACCES", "EBUSY"]);
const pauseMs = 5;

export interface BusyOptions {
  /** How long to retry, in milliseconds. */
  readonly waitMs: number;
  readonly platform?: NodeJS.Platform;
  readonly sleep?: (ms: number) => void;
  readonly elapsedMs?: () => number;
}

/** Runs an action on a file. On Windows, retries while another program has the file open. */
export function whileBusy<T>(action: () => T, options: BusyOptions): T {
  const { waitMs, platform = process.platform, sleep = sleepSync, elapsedMs = monotonicMs } = options;
  const endMs = elapsedMs() + waitMs;
  for (;;) {
    try {
      return action();
    } catch (error) {
      const busy = platform === "win32" && busyCodes.has((error as NodeJS.ErrnoException).code);
      if (!busy || elapsedMs() >= endMs) throw error;
      sleep(pauseMs);
    }
  }
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
