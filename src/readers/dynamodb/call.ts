import { rethrow, retry, retryPolicies } from "../../aws/http/retry.js";
import type { FailureKind } from "../../aws/http/retry.js";
import { NetworkError } from "../../errors.js";
import type { Attempt, Answer, Connection } from "./connection.js";
import type { PageBuffer } from "./page-buffer.js";
import { parseRefusal, refusalError } from "./refusal.js";
import type { Refusal, RefusalPlace } from "./refusal.js";

/** Clock and random numbers as arguments, so that tests can control them. */
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
  /** Wraps each attempt, so that pacing can delay it. */
  readonly paced: <T extends Outcome>(attempt: () => Promise<T>) => Promise<T>;
  readonly count: (event: "request" | "retry" | "throttle") => void;
  readonly learned: Learned;
}

/** What responses have revealed so far; shared by all calls of a run. */
export interface Learned {
  /** The service's clock minus this machine's, in milliseconds. */
  skewMs: number;
  /** Whether the service has responded at all. */
  answered: boolean;
}

export type Outcome = { readonly answer: Answer } | { readonly refusal: Refusal } | { readonly fault: NetworkError };

/**
 * Sends one request until it succeeds, with exponential backoff and full jitter. Puts the response body into `buffer`.
 *
 * @throws ServiceError when rejected for good, throttled for five minutes, or failing for one
 * @throws NetworkError when unreachable for a minute, or at the start
 */
export async function callDynamoDb(body: string, buffer: PageBuffer, context: CallContext): Promise<void> {
  const { clock, signal, learned, place, count } = context;
  await retry<undefined>(
    retryPolicies.dynamodb,
    async () => {
      const outcome = await context.paced(() => attemptOnce(body, buffer, context));
      if ("fault" in outcome)
        return { failure: { kind: kindOfFault(outcome.fault, learned) }, giveUp: rethrow(outcome.fault) };
      learned.answered = true;
      if ("answer" in outcome) return { value: undefined };
      const { refusal, serverTimeMs } = outcome;
      if (refusal.kind === "throttled") count("throttle");
      const giveUp = rethrow(refusalError(refusal, place));
      if (refusal.kind !== "skewed") return { failure: { kind: refusal.kind }, giveUp };
      if (serverTimeMs === undefined) return { failure: { kind: "final" }, giveUp };
      learned.skewMs = serverTimeMs - Date.now();
      return { failure: { kind: "skewed" }, giveUp };
    },
    {
      now: () => clock.now(),
      random: () => clock.random(),
      sleep: (ms) => clock.sleep(ms, signal),
      onRetry: () => count("retry"),
    },
  );
}

function kindOfFault({ code }: NetworkError, { answered }: Learned): FailureKind {
  if (code === "ERR_TLS") return "final";
  return answered ? "transient" : "unreachable";
}

type AttemptOutcome =
  | { readonly answer: Answer }
  | { readonly refusal: Refusal; readonly serverTimeMs: number | undefined }
  | { readonly fault: NetworkError };

async function attemptOnce(body: string, buffer: PageBuffer, context: CallContext): Promise<AttemptOutcome> {
  const { connection, signal, learned, place } = context;
  context.count("request");
  const settings: Attempt = { signal, skewMs: learned.skewMs };
  try {
    const answer = await connection.send(place.operation, body, buffer, settings);
    if (answer.statusCode === 200) return { answer };
    const serverTimeMs = Date.parse(answer.headers["date"] ?? "");
    return {
      refusal: parseRefusal(answer, buffer.contents()),
      serverTimeMs: Number.isNaN(serverTimeMs) ? undefined : serverTimeMs,
    };
  } catch (error) {
    if (error instanceof NetworkError) return { fault: error };
    throw error;
  }
}
