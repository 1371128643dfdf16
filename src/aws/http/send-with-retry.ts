import { NetworkError, textsOf } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import type { HttpRequest, HttpResponse, Send } from "./exchange.js";
import { findClockSkew, readRetryAfter, rethrow, retry, retryPolicies } from "./retry.js";
import type { Outcome } from "./retry.js";
import { isThrottling, isTransient, parseServiceFault } from "./service-fault.js";
import type { ServiceFault } from "./service-fault.js";

/** The context for sending with retries. */
export interface SendContext {
  readonly send: Send;
  readonly now: () => Date;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly debug: (line: Text) => void;
  /** Milliseconds for all attempts together. */
  readonly overallMs: number;
  /** Parses an error response; default: the format of REST-JSON services. */
  readonly readFault?: (response: HttpResponse) => ServiceFault;
  /** Aborts the attempt in progress and prevents others; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends with up to three attempts. Connection errors, 5xx and throttling are retried; a rejection is retried once if
 * the server's `Date` shows that this machine's clock is wrong. Each attempt is built again, so that it has the current
 * date.
 *
 * @param build Builds the signed request for a time.
 * @throws NetworkError when no attempt gets a response; a response is returned whatever its status
 */
export async function sendWithRetry(
  build: (now: Date) => Promise<HttpRequest>,
  context: SendContext,
): Promise<HttpResponse> {
  const { now, debug } = context;
  const deadlineMs = now().getTime() + context.overallMs;
  let skewMs = 0;
  return retry(
    retryPolicies.session,
    async (number) => {
      const request = await build(new Date(now().getTime() + skewMs));
      const startedMs = now().getTime();
      const outcome = await attemptOnce(request, context, deadlineMs - startedMs);
      const text = outcome instanceof NetworkError ? textsOf(outcome).message : `HTTP ${outcome.statusCode}`;
      debug(message`attempt ${number}: ${text} after ${now().getTime() - startedMs} ms`);
      if (outcome instanceof NetworkError) return afterFault(outcome);
      const found = isRefusal(outcome) ? findClockSkew(outcome.headers["date"], now()) : undefined;
      if (found === undefined) return afterAnswer(outcome, context);
      skewMs = found;
      return { failure: { kind: "skewed" }, giveUp: () => outcome };
    },
    {
      now: () => now().getTime(),
      random: context.random,
      sleep: context.sleep,
      deadlineMs,
      onRetry: (delayMs, { kind }) =>
        debug(
          kind === "skewed"
            ? `this machine's clock is off by ${Math.round(skewMs / 1000)} s, signing once more with the server's time`
            : `trying again in ${Math.round(delayMs)} ms`,
        ),
    },
  );
}

async function attemptOnce(
  request: HttpRequest,
  { send, signal }: SendContext,
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

function afterFault(fault: NetworkError): Outcome<HttpResponse> {
  return {
    failure: { kind: fault.code === "ERR_TLS" ? "final" : "unreachable" },
    giveUp: rethrow(fault),
  };
}

function afterAnswer(
  response: HttpResponse,
  { now, readFault = parseServiceFault }: SendContext,
): Outcome<HttpResponse> {
  if (response.statusCode < 400) return { value: response };
  const fault = readFault(response);
  const kind = isThrottling(fault) ? "throttled" : isTransient(fault) ? "transient" : "final";
  const retryAfterMs = readRetryAfter((name) => response.headers[name], now()) ?? fault.retryAfterMs;
  return { failure: { kind, retryAfterMs }, giveUp: () => response };
}

function isRefusal({ statusCode }: HttpResponse): boolean {
  return statusCode === 400 || statusCode === 401 || statusCode === 403;
}
