import { readRetryAfter, requestRetryPolicy, rethrow, retry } from "../aws/http/retry.js";
import type { Failure, Outcome } from "../aws/http/retry.js";
import { redactUrls } from "../aws/redact-url.js";
import { NetworkError, ServiceError, UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import { exchange } from "./exchange.js";
import type { ExchangeOptions, Received } from "./exchange.js";
import { findHeader, withoutHeaders } from "../aws/http/header-fields.js";
import { prepareUnsigned } from "./outgoing.js";
import type { Outgoing, Prepared } from "./outgoing.js";
import { isRefusal, readRefusal, refusalBodyBytes } from "./refusal.js";
import type { Refusal } from "./refusal.js";
import { originOf, resolveLocation } from "./target.js";

export type ConversationEvent =
  | { readonly kind: "sending"; readonly prepared: Prepared }
  | { readonly kind: "received"; readonly received: Received }
  | { readonly kind: "retrying"; readonly reason: string; readonly delayMs: number }
  | { readonly kind: "clock"; readonly offsetMs: number }
  | { readonly kind: "redirected"; readonly location: string; readonly signed: boolean };

export interface ConversationOptions extends ExchangeOptions {
  readonly followRedirects: boolean;
  readonly maxRedirects: number;
  readonly retries: number;
  /** Wait before each retry; undefined for exponential backoff. */
  readonly retryDelayMs?: number | undefined;
  /** No retry starts later than this after the first attempt. */
  readonly retryMaxTimeMs?: number | undefined;
  /** Whether to retry after any fault, and after any status that counts as a failure. */
  readonly retryAllErrors?: boolean;
  readonly failsOnStatus?: boolean;
  readonly sign: (outgoing: Outgoing, now: Date) => Promise<Prepared>;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly observe: (event: ConversationEvent) => void;
}

export interface Answer extends Received {
  readonly prepared: Prepared;
  /** Set if the response is a refusal. */
  readonly refusal: Refusal | undefined;
}

const transientStatuses = new Set([408, 500, 502, 503, 504]);
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

interface State {
  readonly outgoing: Outgoing;
  readonly signed: boolean;
  readonly redirects: number;
}

/** State across the exchanges of one request. */
interface Progress {
  /** Added to this machine's clock after a server has shown that it is wrong. */
  clockOffsetMs: number;
  retries: number;
  readonly startedMs: number;
}

/** Sends a request. Sends it again, signed anew, after a retryable error, a redirect or a clock correction. */
export async function converse(outgoing: Outgoing, options: ConversationOptions): Promise<Answer> {
  let state: State = { outgoing, signed: true, redirects: 0 };
  const progress: Progress = { clockOffsetMs: 0, retries: 0, startedMs: options.now().getTime() };
  for (;;) {
    const answer = await converseWith(state, progress, options);
    const location = findHeader(answer.headers, "location");
    if (!options.followRedirects || location === undefined || !redirectStatuses.has(answer.statusCode)) return answer;
    answer.discard();
    state = redirect(state, answer.statusCode, location, options);
  }
}

/** Gets the response of one host, with retries. */
function converseWith(state: State, progress: Progress, options: ConversationOptions): Promise<Answer> {
  return retry(
    requestRetryPolicy(options.retries - progress.retries, options.retryDelayMs),
    async () => {
      const now = new Date(options.now().getTime() + progress.clockOffsetMs);
      const prepared = state.signed ? await options.sign(state.outgoing, now) : prepareUnsigned(state.outgoing);
      return attemptOnce(prepared, progress, options);
    },
    {
      now: () => options.now().getTime(),
      random: options.random,
      sleep: options.sleep,
      deadlineMs: options.retryMaxTimeMs === undefined ? undefined : progress.startedMs + options.retryMaxTimeMs,
      onRetry(delayMs, { kind, reason = "" }) {
        if (kind === "skewed") return options.observe({ kind: "clock", offsetMs: progress.clockOffsetMs });
        progress.retries++;
        options.observe({ kind: "retrying", reason, delayMs: Math.round(delayMs) });
      },
    },
  );
}

async function attemptOnce(
  prepared: Prepared,
  progress: Progress,
  options: ConversationOptions,
): Promise<Outcome<Answer>> {
  options.observe({ kind: "sending", prepared });
  let received: Received;
  try {
    received = await exchange(prepared, options);
  } catch (error) {
    return { failure: faultOf(error, prepared, options), giveUp: rethrow(error) };
  }
  options.observe({ kind: "received", received });
  const { statusCode, headers } = received;
  if (statusCode === 429 || transientStatuses.has(statusCode)) {
    const { answer } = await readAnswer(received, prepared, options);
    if (!prepared.replayable) return { value: answer };
    const retryAfterMs = readRetryAfter((name) => findHeader(headers, name), options.now());
    const kind = statusCode === 429 ? "throttled" : "transient";
    return {
      failure: { kind, retryAfterMs, reason: `status ${statusCode}`, abandon: received.discard },
      giveUp: () => answer,
    };
  }
  const { answer, refusal } = await readAnswer(received, prepared, options);
  const offsetMs = refusal?.clockOffsetMs;
  if (offsetMs === undefined || !prepared.replayable || prepared.signature === undefined) {
    const fails = statusCode >= 400 && options.failsOnStatus === true && options.retryAllErrors === true;
    if (!fails || !prepared.replayable) return { value: answer };
    return {
      failure: { kind: "transient", reason: `status ${statusCode}`, abandon: received.discard },
      giveUp: () => answer,
    };
  }
  progress.clockOffsetMs = offsetMs;
  return { failure: { kind: "skewed", abandon: received.discard }, giveUp: () => answer };
}

async function readAnswer(received: Received, prepared: Prepared, options: ConversationOptions) {
  if (!isRefusal(received)) {
    return { answer: { ...received, prepared, refusal: undefined }, refusal: undefined };
  }
  const { text, body } = await peek(received.body);
  const refusal = readRefusal(received, text, options.now());
  return { answer: { ...received, body, prepared, refusal }, refusal };
}

function faultOf(error: unknown, { replayable }: Prepared, options: ConversationOptions): Failure {
  const repeats = error instanceof NetworkError && (error.code !== "ERR_TLS" || options.retryAllErrors === true);
  const lasting = !repeats || options.deadline?.aborted === true;
  return lasting || !replayable ? { kind: "final" } : { kind: "unreachable", reason: error.message };
}

const bodyHeaders = ["content-length", "content-type", "content-encoding", "x-amz-content-sha256"];
// Headers that must not be sent to another host.
const privateHeaders = ["authorization", "cookie", "host", "x-amz-date", "x-amz-security-token", "x-api-key"];

function redirect(state: State, statusCode: number, location: string, options: ConversationOptions): State {
  const { outgoing } = state;
  if (state.redirects >= options.maxRedirects) {
    throw new ServiceError(
      "ERR_SERVICE_RESPONSE",
      `more than ${options.maxRedirects} redirects, the last to ${redactUrls(location)}`,
      {
        service: outgoing.target.authority,
        operation: outgoing.method,
        statusCode,
        serviceCode: "TooManyRedirects",
        hints: [message`${setting("max-redirs")} follows more; without -L the first answer is shown as it is`],
      },
    );
  }
  const target = resolveLocation(location, outgoing.target);
  const sameHost = originOf(target) === originOf(outgoing.target);
  const dropsBody = statusCode === 303 ? outgoing.method !== "HEAD" : statusCode < 303 && outgoing.method === "POST";
  if (!dropsBody && outgoing.body !== undefined && !outgoing.body.replayable) {
    throw new UsageError(
      "ERR_INPUT",
      `the redirect to ${target.authority} asks for the body again, and a pipe is read once`,
      {
        hints: ["send the body from a file, or call the address of the redirect itself"],
      },
    );
  }
  const signed = state.signed && sameHost;
  let headers: HeaderFields = sameHost ? outgoing.headers : withoutHeaders(outgoing.headers, privateHeaders);
  if (dropsBody) headers = withoutHeaders(headers, bodyHeaders);
  options.observe({ kind: "redirected", location: `${originOf(target)}${target.target}`, signed });
  return {
    ...state,
    redirects: state.redirects + 1,
    signed,
    outgoing: {
      ...outgoing,
      target,
      headers,
      method: dropsBody ? "GET" : outgoing.method,
      body: dropsBody ? undefined : outgoing.body,
    },
  };
}

/** Reads the beginning of a body and returns it together with the whole body. */
async function peek(body: AsyncIterable<Uint8Array>) {
  const iterator = body[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  while (size < refusalBodyBytes && !ended) {
    const { done, value } = await iterator.next();
    if (done === true) ended = true;
    else {
      held.push(value);
      size += value.length;
    }
  }
  return {
    text: Buffer.concat(held).toString("utf8"),
    body: (async function* () {
      yield* held;
      if (ended) return;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    })(),
  };
}
