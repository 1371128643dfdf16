import type { CredentialProvider } from "../../aws/credentials.js";
import { redactUrls } from "../../aws/redact-url.js";
import { isRefusal, readRefusal, refusalBodyBytes } from "../../request/refusal.js";
import { resolveLocation, originOf, parseRequestUrl, formatRequestUrl } from "../../request/target.js";
import { signedFetchOptionNames } from "../option-names.js";
import type { RequestTarget } from "../../request/target.js";
import { refuseKeys, refuseUnknown } from "../refuse-options.js";
import { verifyIntegrity } from "./integrity.js";
import { createSignedRequest } from "./signed-request.js";
import type { Fetch, SignedFetchOptions, SignRequestOptions } from "./options.js";

const maxRedirects = 20;

/** Implements one call of a signed fetch; loaded at the first call. */
export async function sendSigned(
  input: Parameters<Fetch>[0],
  init: Parameters<Fetch>[1],
  provider: CredentialProvider,
  options: SignedFetchOptions & { readonly fetch: Fetch },
): Promise<Response> {
  refuseKeys({ ...options, input, init });
  refuseUnknown(options, signedFetchOptionNames);
  const { fetch: send, ...signing } = options;
  const request = createRequest(input, init);
  // Not sent to a service, such as data: URLs.
  if (!/^https?:/.test(request.url)) return send(request);
  const body = options.unsignedPayload === true ? undefined : await readBody(request);
  let call: Call = {
    // fetch changes only the common methods to upper case; the signature needs all of them in upper case.
    method: request.method.toUpperCase(),
    url: request.url,
    headers: [...request.headers],
    body,
    signed: true,
  };
  let clockOffsetMs: number | undefined;
  for (let redirects = 0; ;) {
    const sentAt = new Date(Date.now() + (clockOffsetMs ?? 0));
    const headers = call.signed
      ? await signedHeaders(call, { ...signing, credentials: provider, date: sentAt })
      : call.headers;
    const response = await send(call.url, {
      ...sendOptions(request, init),
      method: call.method,
      headers: headers as [string, string][],
      redirect: request.redirect === "follow" ? "manual" : request.redirect,
      ...bodyOf(request, call),
    });
    const offset = call.signed && clockOffsetMs === undefined ? await findClockOffset(response) : undefined;
    if (offset !== undefined && (body !== undefined || request.body === null)) {
      clockOffsetMs = offset;
      continue;
    }
    const next = request.redirect === "follow" ? redirectedCall(call, response) : undefined;
    if (next === undefined) return finish(response, redirects > 0 ? request.url : undefined, request.integrity);
    if (++redirects > maxRedirects) throw new TypeError(`fetch failed: more than ${maxRedirects} redirects`);
    await response.body?.cancel();
    call = next;
  }
}

/** Makes the response look as if fetch had followed the redirects. */
async function finish(response: Response, redirectedFrom: string | undefined, integrity: string): Promise<Response> {
  if (integrity !== "") await verifyIntegrity(response, integrity);
  if (redirectedFrom === undefined) return response;
  const isElsewhere = new URL(redirectedFrom).origin !== new URL(response.url).origin;
  return Object.defineProperties(response, {
    redirected: { value: true },
    ...(isElsewhere ? { type: { value: "cors" } } : {}),
  });
}

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
  readonly signed: boolean;
}

async function readBody(request: Request): Promise<Uint8Array | undefined> {
  return request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
}

async function signedHeaders({ method, url, headers, body }: Call, options: SignRequestOptions) {
  // fetch sends each character as one byte; the signature treats the bytes as UTF-8.
  const decoded = headers.map(([name, value]) => [name, decodeOctets(value)] as const);
  const signable = decoded.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const signed = await createSignedRequest(
    { method, url, headers: signable, ...(body === undefined ? {} : { body }) },
    options,
  );
  const given = new Map(headers.filter(([name, value]) => name !== "authorization" && /[^ -~\t]/.test(value)));
  // fetch sets these itself, to the same values, and refuses them from callers.
  return Object.entries({ ...signed.headers, ...Object.fromEntries(given) }).filter(
    ([name]) => !["host", "content-length", "transfer-encoding"].includes(name),
  );
}

/** Returns undefined for bytes that are not UTF-8. Such a header is sent but not signed, because it is not text. */
function decodeOctets(value: string): string | undefined {
  const octets = Buffer.from(value, "latin1");
  const text = octets.toString("utf8");
  return Buffer.from(text, "utf8").equals(octets) ? text : undefined;
}

function sendOptions(request: Request, init: RequestInit | undefined): RequestInit {
  const { dispatcher } = (init ?? {}) as { dispatcher?: unknown };
  return { signal: request.signal, ...(dispatcher === undefined ? {} : { dispatcher }) } as RequestInit;
}

function bodyOf(request: Request, call: Call): RequestInit {
  if (call.body !== undefined) return { body: call.body };
  if (request.body === null || call.method === "GET" || call.method === "HEAD") return {};
  return { body: request.body, duplex: "half" };
}

async function findClockOffset(response: Response): Promise<number | undefined> {
  const head = { statusCode: response.status, headers: [...response.headers] };
  if (!isRefusal(head)) return undefined;
  if (Number(response.headers.get("content-length") ?? "0") > refusalBodyBytes) return undefined;
  const text = await response.clone().text();
  return readRefusal(head, text, new Date()).clockOffsetMs;
}

const privateHeaders = ["authorization", "cookie", "host", "x-amz-date", "x-amz-security-token", "x-api-key"];
const bodyHeaders = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

function redirectedCall(call: Call, { status, headers }: Response): Call | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const base = parseRequestUrl(call.url);
  const target = leadTo(location, base);
  const sameHost = originOf(target) === originOf(base);
  const dropsBody = status === 303 ? call.method !== "HEAD" : status < 303 && call.method === "POST";
  const dropped = [...(sameHost ? [] : privateHeaders), ...(dropsBody ? bodyHeaders : [])];
  return {
    method: dropsBody ? "GET" : call.method,
    url: formatRequestUrl(target),
    headers: call.headers.filter(([name]) => !dropped.includes(name)),
    body: dropsBody ? undefined : call.body,
    signed: call.signed && sameHost,
  };
}

/** Resolves a redirect. An invalid one fails as in fetch. */
function leadTo(location: string, base: RequestTarget): RequestTarget {
  try {
    return resolveLocation(location, base);
  } catch (error) {
    throw new TypeError("fetch failed: the redirect does not lead to an http or https URL", { cause: error });
  }
}

/** Creates a request. The runtime's own error quotes the whole URL or a header, so it is replaced. */
function createRequest(input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): Request {
  try {
    return new Request(input, init);
  } catch (error) {
    const said = error instanceof Error ? error.message : "no request";
    const shown = /header/i.test(said) ? "a header is not one that HTTP allows (not shown)" : redactUrls(said);
    // oxlint-disable-next-line preserve-caught-error -- the cause could quote a password
    throw new TypeError(shown);
  }
}
