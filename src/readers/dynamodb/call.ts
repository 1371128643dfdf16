import { NetworkError } from "../../errors.js";
import type { ServiceError } from "../../errors.js";
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
  readonly learned: Learned;
}

/** What the answers so far have taught; shared by all calls of a run. */
export interface Learned {
  /** The service's clock less this machine's, in milliseconds. */
  skewMs: number;
  /** Whether the service has answered anything yet. */
  answered: boolean;
}

export type Outcome = { readonly answer: Answer } | { readonly refusal: Refusal } | { readonly fault: NetworkError };

/** Before the service has ever answered a mistake is likelier than a bad moment. */
const attemptsBeforeAnyAnswer = 4;
const maximumAttempts = 10;
/** How long one page may fail without a break, beyond its ten attempts. */
const maximumFailingMs = 60_000;
const maximumThrottledMs = 300_000;
/** A source that renews behind the scenes gives the old credentials a few times more. */
const maximumExpired = 6;
const baseDelayMs = 50;
const maximumDelayMs = { throttled: 20_000, other: 5_000 } as const;

/**
 * Sends one request until it is answered, waiting longer each time with full jitter. The answer's body is in `buffer`.
 *
 * @throws ServiceError when refused for good, throttled for five minutes, or failing for one
 * @throws NetworkError when unreachable for a minute, or at the start
 */
export async function callDynamoDb(body: string, buffer: PageBuffer, context: CallContext): Promise<void> {
  const { clock, signal, learned } = context;
  const failures: Failures = { attempts: 0, sinceMs: clock.now(), expired: 0, skewed: false };
  for (;;) {
    const outcome = await context.paced(() => attemptOnce(body, buffer, context));
    if (!("fault" in outcome)) learned.answered = true;
    if ("answer" in outcome) return;
    const error = giveUp(outcome, failures, context);
    if (error !== undefined) throw error;
    context.count("retry");
    const throttled = "refusal" in outcome && outcome.refusal.kind === "throttled";
    const mostMs = throttled ? maximumDelayMs.throttled : maximumDelayMs.other;
    await clock.sleep(clock.random() * Math.min(mostMs, baseDelayMs * 2 ** Math.min(failures.attempts, 12)), signal);
  }
}

/** What has gone wrong with one request so far. */
interface Failures {
  attempts: number;
  readonly sinceMs: number;
  expired: number;
  skewed: boolean;
}

/** Takes note of a failure. @returns The error to end with, undefined when another attempt may help. */
function giveUp(
  outcome: Exclude<AttemptOutcome, { readonly answer: Answer }>,
  failures: Failures,
  { clock, learned, place, count }: CallContext,
): ServiceError | NetworkError | undefined {
  failures.attempts++;
  const failingMs = clock.now() - failures.sinceMs;
  if ("fault" in outcome) {
    const { fault } = outcome;
    if (fault.code === "ERR_TLS") return fault;
    if (!learned.answered) return failures.attempts >= attemptsBeforeAnyAnswer ? fault : undefined;
    return failures.attempts >= maximumAttempts && failingMs > maximumFailingMs ? fault : undefined;
  }
  const { refusal, serverTimeMs } = outcome;
  const final = () => refusalError(refusal, place);
  switch (refusal.kind) {
    case "throttled":
      count("throttle");
      return failingMs > maximumThrottledMs ? final() : undefined;
    case "transient":
      return failures.attempts >= maximumAttempts && failingMs > maximumFailingMs ? final() : undefined;
    case "credentials":
      failures.expired++;
      return failures.expired >= maximumExpired ? final() : undefined;
    case "skewed":
      if (failures.skewed || serverTimeMs === undefined) return final();
      failures.skewed = true;
      learned.skewMs = serverTimeMs - Date.now();
      return undefined;
    case "final":
      return final();
  }
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
    const serverTimeMs = Date.parse(answer.headers.date ?? "");
    return {
      refusal: parseRefusal(answer, buffer.contents()),
      serverTimeMs: Number.isNaN(serverTimeMs) ? undefined : serverTimeMs,
    };
  } catch (error) {
    if (error instanceof NetworkError) return { fault: error };
    throw error;
  }
}
