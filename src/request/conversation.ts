import { NetworkError, ServiceError, UsageError } from "../errors.js";
import type { HeaderFields } from "../signing/header-fields.js";
import { exchange } from "./exchange.js";
import type { ExchangeOptions, Received } from "./exchange.js";
import { findHeader, withoutHeaders } from "../signing/header-fields.js";
import { prepareUnsigned } from "./outgoing.js";
import type { Outgoing, Prepared } from "./outgoing.js";
import { readRefusal, refusalBodyBytes, refusalStatuses } from "./refusal.js";
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
  readonly maximumRedirects: number;
  readonly retries: number;
  readonly sign: (outgoing: Outgoing, now: Date) => Promise<Prepared>;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly observe: (event: ConversationEvent) => void;
}

export interface Answer extends Received {
  readonly prepared: Prepared;
  /** Present when the answer refuses. */
  readonly refusal: Refusal | undefined;
}

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const longestDelayMs = 60_000;

interface State {
  readonly outgoing: Outgoing;
  readonly signed: boolean;
  readonly redirects: number;
  readonly retries: number;
  /** Added to this clock once a server has shown that it is wrong. */
  readonly clockOffsetMs: number | undefined;
}

/** Sends, and sends again where a retry, a redirect or a corrected clock asks for it; every time freshly signed. */
export async function converse(outgoing: Outgoing, options: ConversationOptions): Promise<Answer> {
  let state: State = { outgoing, signed: true, redirects: 0, retries: 0, clockOffsetMs: undefined };
  for (;;) {
    const now = new Date(options.now().getTime() + (state.clockOffsetMs ?? 0));
    const prepared = state.signed ? await options.sign(state.outgoing, now) : prepareUnsigned(state.outgoing);
    const next = await turn(state, prepared, options);
    if ("answer" in next) return next.answer;
    state = next.state;
  }
}

type Next = { readonly answer: Answer } | { readonly state: State };

async function turn(state: State, prepared: Prepared, options: ConversationOptions): Promise<Next> {
  const mayRetry = state.retries < options.retries && prepared.replayable;
  options.observe({ kind: "sending", prepared });
  let received: Received;
  try {
    received = await exchange(prepared, options);
  } catch (error) {
    const lasting = !(error instanceof NetworkError) || error.code === "ERR_TLS" || options.deadline?.aborted === true;
    if (lasting || !mayRetry) throw error;
    await pause(state, undefined, error.message, options);
    return { state: { ...state, retries: state.retries + 1 } };
  }
  options.observe({ kind: "received", received });
  if (mayRetry && transientStatuses.has(received.statusCode)) {
    received.discard();
    await pause(state, findHeader(received.headers, "retry-after"), `status ${received.statusCode}`, options);
    return { state: { ...state, retries: state.retries + 1 } };
  }
  const location = findHeader(received.headers, "location");
  if (options.followRedirects && location !== undefined && redirectStatuses.has(received.statusCode)) {
    received.discard();
    return { state: redirect(state, received.statusCode, location, options) };
  }
  if (!refusalStatuses.has(received.statusCode)) return { answer: { ...received, prepared, refusal: undefined } };
  const { text, body } = await peek(received.body);
  const refusal = readRefusal(received.headers, text, options.now());
  if (refusal.clockOffsetMs !== undefined && state.clockOffsetMs === undefined && state.signed && prepared.replayable) {
    received.discard();
    options.observe({ kind: "clock", offsetMs: refusal.clockOffsetMs });
    return { state: { ...state, clockOffsetMs: refusal.clockOffsetMs } };
  }
  return { answer: { ...received, body, prepared, refusal } };
}

async function pause(state: State, retryAfter: string | undefined, reason: string, options: ConversationOptions) {
  const asked = parseRetryAfter(retryAfter, options.now());
  const drawn = Math.min(1000 * 2 ** state.retries, longestDelayMs) * (0.5 + options.random() / 2);
  const delayMs = Math.round(asked ?? drawn);
  options.observe({ kind: "retrying", reason, delayMs });
  await options.sleep(delayMs);
}

function parseRetryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestDelayMs);
}

const bodyHeaders = ["content-length", "content-type", "content-encoding", "x-amz-content-sha256"];
// What one host may know of the caller is no business of another's.
const privateHeaders = ["authorization", "cookie", "host", "x-amz-date", "x-amz-security-token", "x-api-key"];

function redirect(state: State, statusCode: number, location: string, options: ConversationOptions): State {
  const { outgoing } = state;
  if (state.redirects >= options.maximumRedirects) {
    throw new ServiceError(
      "ERR_SERVICE_RESPONSE",
      `more than ${options.maximumRedirects} redirects, the last to ${location}`,
      {
        service: outgoing.target.authority,
        operation: outgoing.method,
        statusCode,
        serviceCode: "TooManyRedirects",
        hints: ["--max-redirs follows more; without -L the first answer is shown as it is"],
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

/** Reads the beginning of a body and gives back the whole. */
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
