import { request as requestHttp } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { HttpRequest } from "../aws/http/exchange.js";
import { networkError } from "../aws/http/network-error.js";
import { NetworkError } from "../errors.js";
import type { HeaderFields } from "../signing/header-fields.js";
import { findHeader } from "../signing/header-fields.js";
import type { Prepared } from "./outgoing.js";
import { findRoute } from "./route.js";
import type { RouteOptions } from "./route.js";
import type { RequestTarget } from "./target.js";

export interface ExchangeOptions extends RouteOptions {
  /** For connection, request and response together; undefined for no limit. */
  readonly deadline: AbortSignal | undefined;
  /** Whether a compressed body is given back decoded. */
  readonly decompress: boolean;
}

export interface Received {
  readonly httpVersion: string;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: HeaderFields;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up the body, and the connection with it. */
  discard(): void;
}

const maximumHeadBytes = 128 * 1024;

/**
 * Sends one request, its target exactly as prepared, and returns as soon as the answer's head is there.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 */
export async function exchange(prepared: Prepared, options: ExchangeOptions): Promise<Received> {
  const { target, method } = prepared;
  const route = await findRoute(target, options);
  const open = target.scheme === "https" ? requestHttps : requestHttp;
  const proxyHeaders = Object.entries(route.options.headers ?? {}) as [string, string][];
  const request = open({
    ...route.options,
    method,
    path: route.targetPrefix + target.target,
    maxHeaderSize: maximumHeadBytes,
    // Pairs keep order, case and repetition, and add nothing of their own.
    headers: wireHeaders([...prepared.headers, ...proxyHeaders]) as never,
    servername: /^[\d.]+$|:/.test(target.hostname) ? "" : target.hostname,
    ...(options.deadline === undefined ? {} : { signal: options.deadline }),
  });
  limitConnecting(request, options.connectTimeoutMs, target.authority);
  try {
    const response = await sendBody(request, prepared);
    return received(request, response, target, options);
  } catch (error) {
    request.destroy();
    throw describeFault(error, target, options.deadline);
  }
}

// Header values go out as UTF-8; Node writes strings octet by octet. A connection serves one exchange.
function wireHeaders(fields: HeaderFields): [string, string][] {
  const connection: HeaderFields = findHeader(fields, "connection") === undefined ? [["connection", "close"]] : [];
  return [...fields, ...connection].map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")]);
}

function limitConnecting(request: ClientRequest, timeoutMs: number, authority: string): void {
  const expired = () => {
    request.destroy(
      new NetworkError("ERR_TIMEOUT", `no connection to ${authority} within ${timeoutMs / 1000} s`, {
        hints: ["check the host, the network and the proxy; --connect-timeout waits longer"],
      }),
    );
  };
  const timer = setTimeout(expired, timeoutMs);
  request.once("close", () => clearTimeout(timer));
  request.once("socket", (socket) => {
    const connected = socket.connecting ? ("encrypted" in socket ? "secureConnect" : "connect") : undefined;
    if (connected === undefined) clearTimeout(timer);
    else socket.once(connected, () => clearTimeout(timer));
  });
}

function sendBody(request: ClientRequest, { openBody }: Prepared): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answered = false;
    request.once("response", (response) => {
      answered = true;
      resolve(response);
    });
    request.on("error", (error) => {
      // A server that has refused may close before it has read the body; its answer stands.
      if (!answered) reject(error);
    });
    if (openBody === undefined) request.end();
    else
      pipeline(openBody(), request).catch((error: NodeJS.ErrnoException) => {
        // The request itself tells why it closed; the pipe only sees that it did.
        if (!answered && error.code !== "ERR_STREAM_PREMATURE_CLOSE") reject(error);
      });
  });
}

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
  "x-gzip": createGunzip,
};

function received(
  request: ClientRequest,
  response: IncomingMessage,
  target: RequestTarget,
  options: ExchangeOptions,
): Received {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    headers.push([response.rawHeaders[index] as string, response.rawHeaders[index + 1] as string]);
  }
  const encoding = (response.headers["content-encoding"] ?? "").toLowerCase().trim();
  const decodes = options.decompress && request.method !== "HEAD";
  const decoder = decodes && Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  return {
    httpVersion: response.httpVersion,
    statusCode: response.statusCode ?? 0,
    statusMessage: response.statusMessage ?? "",
    headers,
    body: readBody(),
    discard: () => void request.destroy(),
  };

  async function* readBody(): AsyncGenerator<Uint8Array> {
    try {
      if (decoder === undefined) {
        yield* response as AsyncIterable<Uint8Array>;
        return;
      }
      const decoded = decoder();
      const pumped = pipeline(response, decoded);
      pumped.catch(() => {});
      yield* decoded as AsyncIterable<Uint8Array>;
      await pumped;
    } catch (error) {
      throw describeFault(error, target, options.deadline);
    } finally {
      // A server may answer in full before it has read the body; nobody reads the rest then.
      request.destroy();
    }
  }
}

function describeFault(error: unknown, target: RequestTarget, deadline: AbortSignal | undefined): Error {
  if (deadline?.aborted === true) {
    return new NetworkError("ERR_TIMEOUT", `no complete answer from ${target.authority} in the time allowed`, {
      hints: ["--max-time gives more; without it there is no limit"],
      cause: error,
    });
  }
  const { hostname, port, scheme } = target;
  const request: HttpRequest = {
    protocol: `${scheme}:`,
    hostname,
    port,
    method: "",
    target: "",
    headers: {},
    body: "",
  };
  return networkError(error, request, undefined);
}
