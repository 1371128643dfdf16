import * as http from "node:http";
import * as https from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { NetworkError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { HttpRequest, Origin } from "./exchange.js";
import type { HeaderFields } from "./header-fields.js";
import { connectTimeout, silence } from "./timeout-error.js";
import type { ProxyServer } from "./proxy.js";
import { namesProxy } from "./proxy-settings.js";
import type { ProxySettings } from "./proxy-settings.js";
import { directRoute } from "./route.js";
import type { Route, TunnelRequest } from "./route.js";
import { completeTrust, createTlsOptions, widenTrust } from "./trust.js";
import type { TlsOptions, TrustSettings } from "./trust.js";

export interface TransportOptions extends TrustSettings, ProxySettings {
  /** Keeps connections alive for a caller with many requests; otherwise each request has its own. */
  readonly keepAlive?: boolean;
  readonly debug?: ((line: Text) => void) | undefined;
}

/** Limits of one exchange, in milliseconds. */
export interface ExchangeLimits {
  /** Until connected, including proxy and TLS. */
  readonly connectMs: number;
  /** From there to the response headers; undefined for no limit. */
  readonly firstByteMs?: number | undefined;
  /** Maximum silence of the connection; undefined for no limit. */
  readonly idleMs?: number | undefined;
  /** Aborts the exchange, including its body. */
  readonly signal?: AbortSignal | undefined;
}

/** A response whose headers have arrived. */
export interface Received {
  readonly httpVersion: string;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: HeaderFields;
  /** The body as sent. Its errors are Node's own; {@link Received.fault} explains them. */
  readonly body: Readable;
  readonly fault: (error: unknown) => Promise<Error>;
  /** Discards the body and closes the connection. */
  readonly discard: () => void;
}

/** The only HTTP client: trust, proxies and limits are the same for every service. */
export interface Transport {
  /**
   * Sends one request unchanged and returns when the response headers have arrived. Nothing is signed, no redirect is
   * followed and no header is changed.
   *
   * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`; the signal's reason when it aborts
   */
  exchange(request: HttpRequest, limits: ExchangeLimits): Promise<Received>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

const maxHeadBytes = 128 * 1024;

/**
 * @param given The trust by these options, if the caller has read it.
 * @throws UsageError `ERR_SETTING` when the CA bundle cannot be read
 */
export function createTransport(options: TransportOptions, given?: TlsOptions): Transport {
  let tls = given ?? createTlsOptions(options);
  let settled: Promise<void> | undefined;
  const settleTrust = async () => {
    tls = await completeTrust(tls, options.variables, (line) => options.debug?.(line));
  };
  let agents = new Map<string, Promise<http.Agent>>();
  if (!options.verifySsl) options.debug?.(message`tls: certificate verification is off (${setting("no-verify-ssl")})`);
  const close = () => {
    for (const agent of agents.values()) void agent.then((kept) => kept.destroy());
    agents = new Map();
  };
  /** Returns one agent per route. A connection per request needs an agent only for a tunnel. */
  const agentFor = (key: string, create: () => Promise<http.Agent>): Promise<http.Agent> => {
    const found = options.keepAlive === true ? agents.get(key) : undefined;
    const agent = found ?? create();
    if (options.keepAlive === true) agents.set(key, agent);
    return agent;
  };
  const attempt = async (request: HttpRequest, limits: ExchangeLimits): Promise<Received> => {
    const local = request.dial !== undefined && "socketPath" in request.dial;
    const named = !local && namesProxy(options);
    const proxy = named ? (await import("./proxy.js")).findProxy(request, options) : undefined;
    const route = await routeTo(request, proxy, tls, { ...options, agentFor });
    limits.signal?.throwIfAborted();
    return send(request, route, proxy, limits);
  };
  return {
    async exchange(request, limits) {
      await (settled ??= settleTrust());
      const trusted = tls;
      try {
        return await attempt(request, limits);
      } catch (error) {
        const wider = await widenTrust(trusted, error);
        if (wider === undefined) throw error;
        // A failed handshake precedes the body, so nothing was sent yet. Of concurrent requests, one widens the trust.
        if (tls === trusted) {
          options.debug?.("tls: issuer unknown to the bundled roots, trying the system's");
          tls = wider;
          close();
        }
        return attempt(request, limits);
      }
    },
    close,
  };
}

interface RouteContext extends TransportOptions {
  readonly agentFor: (key: string, create: () => Promise<http.Agent>) => Promise<http.Agent>;
}

async function routeTo(
  origin: Origin,
  proxy: ProxyServer | undefined,
  tls: TlsOptions,
  context: RouteContext,
): Promise<Route> {
  const { agentFor, keepAlive } = context;
  const plain = async (protocol: string) =>
    keepAlive === true
      ? agentFor(protocol, async () => new (protocol === "https:" ? https : http).Agent({ keepAlive: true }))
      : undefined;
  if (proxy === undefined) return directRoute(origin, tls, await plain(origin.protocol));
  const { createTunnelAgent, forwardedRoute } = await import("./tunnel.js");
  if (proxy.kind === "http" && origin.protocol === "http:")
    return forwardedRoute(origin, proxy, tls, await plain(proxy.secure ? "https:" : "http:"));
  const agent = await agentFor(`${origin.protocol} through a tunnel`, async () =>
    createTunnelAgent(origin.protocol, proxy, tls, keepAlive === true),
  );
  return directRoute(origin, tls, agent);
}

function send(
  request: HttpRequest,
  route: Route,
  proxy: ProxyServer | undefined,
  { connectMs, firstByteMs, idleMs, signal }: ExchangeLimits,
): Promise<Received> {
  const place = { hostname: request.hostname, port: request.port };
  const fault = async (error: unknown): Promise<Error> =>
    signal?.aborted === true
      ? (signal.reason as Error)
      : (await import("./network-error.js")).networkError(error, place, proxy?.name);
  return new Promise((resolve, reject) => {
    const givenUp = new AbortController();
    const outgoing = openRequest(request, route, givenUp.signal);
    let timer = setTimeout(() => giveUp(connectTimeout(place, connectMs)), connectMs);
    let answered = false;
    // A request without a socket ends only when its agent does, so a tunnel in progress is aborted as well. A signal's
    // reason may be any value, but a stream accepts only errors.
    const giveUp = (reason: Error) => {
      fail(reason);
      givenUp.abort(new Error("the request is over"));
      outgoing.destroy();
    };
    const abort = () => giveUp(signal?.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    outgoing.once("close", () => {
      clearTimeout(timer);
      // A remaining listener would keep a combined signal alive as long as its sources.
      signal?.removeEventListener("abort", abort);
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    outgoing.on("error", (error) => void fault(error).then(fail));
    outgoing.once("response", (response) => {
      answered = true;
      clearTimeout(timer);
      resolve(receive(response, outgoing, fault));
    });
    if (idleMs !== undefined) outgoing.setTimeout(idleMs, () => outgoing.destroy(silence(place, idleMs)));
    const bodyFailed = (error: Error) => {
      // After a rejection, a server may close before it has read the body; its response is valid.
      if (answered) return;
      void fault(error).then(fail);
      outgoing.destroy();
    };
    const connected = () => {
      clearTimeout(timer);
      if (firstByteMs !== undefined) {
        timer = setTimeout(() => giveUp(silence(place, firstByteMs)), firstByteMs);
      }
      // The body can be read only once, so it waits for a connection. An attempt that never connected can be retried.
      if (typeof request.body === "function") sendStream(request.body(), outgoing, bodyFailed);
    };
    outgoing.once("socket", (socket) => {
      request.onSocket?.(socket, outgoing.reusedSocket);
      if (!isConnecting(socket)) connected();
      else socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
    });
    if (typeof request.body !== "function") outgoing.end(request.body);
  });
}

function openRequest(
  { protocol, method, target, headers }: HttpRequest,
  route: Route,
  givenUp: AbortSignal,
): http.ClientRequest {
  const options: http.RequestOptions & TunnelRequest = {
    ...route.options,
    givenUp,
    method,
    path: route.targetPrefix + target,
    maxHeaderSize: maxHeadBytes,
    setHost: false,
    // Pairs keep order, case and repetition, and add no headers.
    headers: wireHeaders([...headers, ...route.headers], route.options.agent === false) as never,
  };
  return ((route.options.protocol ?? protocol) === "https:" ? https : http).request(options);
}

function isConnecting(socket: { readonly connecting: boolean; readonly secureConnecting?: boolean }): boolean {
  return socket.connecting || socket.secureConnecting === true;
}

function sendStream(
  body: AsyncIterable<Uint8Array>,
  outgoing: http.ClientRequest,
  failed: (error: Error) => void,
): void {
  pipeline(body, outgoing).catch((error: NodeJS.ErrnoException) => {
    // The request itself reports why it closed; the pipe only sees that it did.
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") failed(error);
  });
}

/** Encodes header values as UTF-8, because Node.js writes strings byte by byte. */
function wireHeaders(fields: HeaderFields, closes: boolean): [string, string][] {
  const named = fields.some(([name]) => name.toLowerCase() === "connection");
  const connection: HeaderFields = closes && !named ? [["connection", "close"]] : [];
  return [...fields, ...connection].map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")]);
}

function receive(
  response: http.IncomingMessage,
  outgoing: http.ClientRequest,
  fault: (error: unknown) => Promise<Error>,
): Received {
  const { rawHeaders } = response;
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  // Without a listener, an error after the reader has stopped would crash the process.
  response.on("error", () => undefined);
  return {
    httpVersion: response.httpVersion,
    statusCode: response.statusCode ?? 0,
    statusMessage: response.statusMessage ?? "",
    headers,
    body: response,
    fault: async (error) => (error instanceof NetworkError ? error : fault(error)),
    discard: () => void outgoing.destroy(),
  };
}
