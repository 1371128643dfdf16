import { NetworkError } from "../../errors.js";
import type { HttpRequest, HttpResponse, Send } from "./exchange.js";
import { isThrottling, isTransient, parseServiceFault } from "./service-fault.js";

/** What a retry needs of the outside world. */
export interface RetryContext {
  readonly send: Send;
  readonly now: () => Date;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly debug: (line: string) => void;
  /** Milliseconds for all attempts together. */
  readonly overallMs: number;
  /** Ends the attempt under way and makes no other; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

const attempts = 3;
const baseMs = { transient: 100, throttling: 1_000 } as const;
const maximumDelayMs = 20_000;
/** A clock that is off by more than this is likely the reason of a refusal. */
const toleratedSkewMs = 4 * 60_000;

/**
 * Sends with up to three attempts, full jitter between them. Connection faults, 5xx and throttling are tried again; a
 * refusal is tried again once when the server's `Date` shows that this machine's clock is off. Each attempt is built
 * anew, so that it carries a fresh date.
 *
 * @param build Makes the signed request for an instant.
 */
export async function sendWithRetry(
  build: (now: Date) => Promise<HttpRequest>,
  context: RetryContext,
): Promise<HttpResponse> {
  const { now, debug, overallMs } = context;
  const deadlineMs = now().getTime() + overallMs;
  let skewMs = 0;
  let skewTried = false;
  for (let attempt = 1; ; attempt++) {
    const request = await build(new Date(now().getTime() + skewMs));
    const startedMs = now().getTime();
    const outcome = await attemptOnce(request, context, deadlineMs - startedMs);
    debug(`attempt ${attempt}: ${describe(outcome)} after ${now().getTime() - startedMs} ms`);
    const found = skewTried || outcome instanceof NetworkError ? undefined : findSkew(outcome, now());
    if (found !== undefined) {
      skewTried = true;
      skewMs = found;
      debug(`this machine's clock is off by ${Math.round(found / 1000)} s, signing once more with the server's time`);
      continue;
    }
    const delayMs = retryDelay(outcome, attempt, context);
    if (delayMs === undefined || attempt >= attempts || now().getTime() + delayMs >= deadlineMs) {
      if (outcome instanceof NetworkError) throw outcome;
      return outcome;
    }
    debug(`trying again in ${Math.round(delayMs)} ms`);
    await context.sleep(delayMs);
  }
}

async function attemptOnce(
  request: HttpRequest,
  { send, signal }: RetryContext,
  limitMs: number,
): Promise<HttpResponse | NetworkError> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(overdue(request)), Math.max(limitMs, 1));
  try {
    return await send(request, signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NetworkError) return error;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function overdue({ hostname, port }: HttpRequest): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `no complete answer from ${hostname}:${port} in the time allowed`, {
    hints: ["check the network path and the proxy (HTTPS_PROXY, NO_PROXY)"],
  });
}

/** @returns undefined when another attempt cannot help. */
function retryDelay(
  outcome: HttpResponse | NetworkError,
  attempt: number,
  { random }: RetryContext,
): number | undefined {
  if (outcome instanceof NetworkError) {
    return outcome.code === "ERR_TLS" ? undefined : random() * backoff(baseMs.transient, attempt);
  }
  if (outcome.statusCode < 400) return undefined;
  const fault = parseServiceFault(outcome);
  const throttled = isThrottling(fault);
  if (!throttled && !isTransient(fault)) return undefined;
  const computed = random() * backoff(throttled ? baseMs.throttling : baseMs.transient, attempt);
  return Math.max(computed, Math.min(askedDelay(outcome) ?? 0, maximumDelayMs));
}

function backoff(base: number, attempt: number): number {
  return Math.min(base * 2 ** (attempt - 1), maximumDelayMs);
}

/** `x-amz-retry-after` counts milliseconds, `Retry-After` seconds. */
function askedDelay({ headers }: HttpResponse): number | undefined {
  const milliseconds = Number(headers["x-amz-retry-after"]);
  if (headers["x-amz-retry-after"] !== undefined && milliseconds >= 0) return milliseconds;
  const seconds = Number(headers["retry-after"]);
  return headers["retry-after"] !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
}

/** How far the server's clock is ahead, when the answer is a refusal that a wrong date explains. */
function findSkew({ statusCode, headers }: HttpResponse, now: Date): number | undefined {
  if (statusCode !== 400 && statusCode !== 401 && statusCode !== 403) return undefined;
  const serverMs = Date.parse(headers["date"] ?? "");
  const skewMs = serverMs - now.getTime();
  return Number.isFinite(skewMs) && Math.abs(skewMs) > toleratedSkewMs ? skewMs : undefined;
}

function describe(outcome: HttpResponse | NetworkError): string {
  return outcome instanceof NetworkError ? outcome.message : `HTTP ${outcome.statusCode}`;
}
