import { NetworkError } from "../../errors.js";
import type { Attempt, Answer, Connection } from "./connection.js";
import type { PageBuffer } from "./page-buffer.js";
import { parseRefusal, refusalError } from "./refusal.js";
import type { Refusal, RefusalPlace } from "./refusal.js";

/** Time and chance as arguments, so that tests own them. */
export interface RetryClock {
  /** Milliseconds, from any origin. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface CallContext {
  readonly connection: Connection;
  readonly clock: RetryClock;
  readonly signal: AbortSignal;
  readonly place: RefusalPlace;
  /** Wraps each attempt, so that whoever paces the requests can hold it back. */
  readonly paced: <T extends Outcome>(attempt: () => Promise<T>) => Promise<T>;
  readonly count: (event: "request" | "retry" | "throttle") => void;
  /** Learned from an answer and kept for all requests to come, in milliseconds. */
  readonly skew: { ms: number };
}

export type Outcome = { readonly answer: Answer } | { readonly refusal: Refusal } | { readonly fault: NetworkError };

/** Attempts for one page while the network or the service is failing. */
const maximumAttempts = 10;
/** How long one page may be throttled without a break. */
const maximumThrottledMs = 300_000;
const baseDelayMs = 50;
const maximumDelayMs = 20_000;

/**
 * Sends one request until it is answered, waiting longer each time with full jitter. The answer's body is in `buffer`.
 *
 * @throws ServiceError when refused for good, or throttled for five minutes
 * @throws NetworkError after ten attempts
 */
export async function callDynamoDb(body: string, buffer: PageBuffer, context: CallContext): Promise<void> {
  const { clock, signal, skew, place } = context;
  let throttledSinceMs: number | undefined;
  let skewTried = false;
  let expiredKey: string | undefined;
  let attempt = 0;
  for (;;) {
    const outcome = await context.paced(() => attemptOnce(body, buffer, context));
    if ("answer" in outcome) return;
    if ("fault" in outcome) {
      if (outcome.fault.code === "ERR_TLS" || ++attempt >= maximumAttempts) throw outcome.fault;
    } else {
      const { refusal } = outcome;
      switch (refusal.kind) {
        case "throttled":
          context.count("throttle");
          throttledSinceMs ??= clock.now();
          if (clock.now() - throttledSinceMs > maximumThrottledMs) throw refusalError(refusal, place);
          attempt++;
          break;
        case "transient":
          if (++attempt >= maximumAttempts) throw refusalError(refusal, place);
          break;
        case "credentials":
          // The provider renews in its own time; asking again is worth it as long as it gives something newer.
          if (expiredKey === outcome.accessKeyId) throw refusalError(refusal, place);
          expiredKey = outcome.accessKeyId;
          break;
        case "skewed":
          if (skewTried || outcome.serverTimeMs === undefined) throw refusalError(refusal, place);
          skewTried = true;
          skew.ms = outcome.serverTimeMs - Date.now();
          break;
        case "final":
          throw refusalError(refusal, place);
      }
    }
    context.count("retry");
    await clock.sleep(clock.random() * Math.min(maximumDelayMs, baseDelayMs * 2 ** Math.min(attempt, 12)), signal);
  }
}

type AttemptOutcome =
  | { readonly answer: Answer }
  | { readonly refusal: Refusal; readonly accessKeyId: string; readonly serverTimeMs: number | undefined }
  | { readonly fault: NetworkError };

async function attemptOnce(body: string, buffer: PageBuffer, context: CallContext): Promise<AttemptOutcome> {
  const { connection, signal, skew, place } = context;
  context.count("request");
  const settings: Attempt = { signal, skewMs: skew.ms };
  try {
    const answer = await connection.send(place.operation, body, buffer, settings);
    if (answer.statusCode === 200) return { answer };
    const serverTimeMs = Date.parse(answer.headers.date ?? "");
    return {
      refusal: parseRefusal(answer, buffer.contents()),
      accessKeyId: answer.accessKeyId,
      serverTimeMs: Number.isNaN(serverTimeMs) ? undefined : serverTimeMs,
    };
  } catch (error) {
    if (error instanceof NetworkError) return { fault: error };
    throw error;
  }
}
