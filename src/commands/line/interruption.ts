import type { Invocation } from "../invocation.js";

/** Signals that stop a command's work cleanly instead of ending the process. */
export interface Interruption {
  /** Aborts on the first signal. */
  readonly signal: AbortSignal;
  /** The status that shells report for the signal; undefined before a signal. */
  readonly exitStatus: () => number | undefined;
  readonly stop: () => void;
}

const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

export function listenForSignals({ onSignal }: Pick<Invocation, "onSignal">): Interruption {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = onSignal((signal) => {
    status = statuses[signal];
    controller.abort();
  });
  return { signal: controller.signal, exitStatus: () => status, stop };
}

/** Resolves on the first signal, which does not end the process. The next one does. */
export function firstSignal({ onSignal }: Pick<Invocation, "onSignal">): Promise<"SIGINT" | "SIGTERM"> {
  return new Promise((resolve) => {
    const stop = onSignal((signal) => {
      stop();
      resolve(signal);
    });
  });
}

/**
 * Ends this program as Ctrl-C does. A terminal in raw mode only passes the key on, so the other programs of the job, such
 * as the AWS CLI that started this one, get the signal from here. Returns only if SIGINT is ignored.
 */
export function interruptJob({ platform, raise }: Pick<Invocation, "platform" | "raise">): void {
  if (platform !== "win32") process.kill(0, "SIGINT");
  raise("SIGINT");
}
