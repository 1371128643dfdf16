import type { Invocation } from "../invocation.js";

/** Signals that end a command's work in order, in place of its process. */
export interface Interruption {
  /** Aborts at the first of them. */
  readonly signal: AbortSignal;
  /** The status that shells report for the signal; undefined before one. */
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

/** Resolves at the first signal, which no longer ends the process; the next one does. */
export function firstSignal({ onSignal }: Pick<Invocation, "onSignal">): Promise<"SIGINT" | "SIGTERM"> {
  return new Promise((resolve) => {
    const stop = onSignal((signal) => {
      stop();
      resolve(signal);
    });
  });
}
