import { setTimeout } from "node:timers/promises";
import type { Environment } from "../aws/environment.js";
import { defaultTimeouts } from "../aws/http/exchange.js";
import type { ExchangeTimeouts } from "../aws/http/exchange.js";
import { UsageError } from "../errors.js";
import { createRunSecrets } from "../identity/run-secrets.js";
import type { VendContext } from "../vending/vend.js";
import { inOptionWords, renderForLibrary } from "./option-words.js";
import type { ConnectionOptions } from "./session-options.js";

interface CallContext extends VendContext {
  readonly timeouts: ExchangeTimeouts;
}

/** Uses the real clock and random numbers, and no terminal: a library never prompts. */
export function createCallContext(options: ConnectionOptions, environment: Environment): CallContext {
  const { signal, proxy, timeouts, debug } = options;
  return {
    ...environment,
    descriptors: new Map(),
    prompt: undefined,
    secrets: createRunSecrets(),
    debug: debug === undefined ? () => undefined : (line) => debug(renderForLibrary(line)),
    now: () => new Date(),
    random: Math.random,
    sleep: (ms) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    signal,
    proxy,
    timeouts: completeTimeouts(timeouts),
  };
}

/** @throws UsageError `ERR_SETTING` */
function completeTimeouts(given: ConnectionOptions["timeouts"] = {}): ExchangeTimeouts {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
    throw new UsageError("ERR_SETTING", `timeouts.${name} is ${value}, expected milliseconds above 0`, {
      hints: ["leave it out for the default"],
    });
  }
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaultTimeouts, ...Object.fromEntries(defined) };
}

/** Returns the error to reject with: the signal's reason if it is aborted, else the error in terms of options. */
export function asCallError(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : inOptionWords(error);
}

/** Waits for work that others may also wait for. An abort ends only this wait, not the work. */
export async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
