import { request as requestHttp } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { NetworkError, RolesAnywhereError } from "../errors.js";
import type { HeaderFields } from "../signing/sigv4-canonical.js";
import type { Prepared } from "./outgoing.js";
import { findRoute } from "./route.js";
import type { RouteOptions } from "./route.js";

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
    // Pairs keep order, case and repetition, and add nothing of their own.
    headers: wireHeaders([...prepared.headers, ...proxyHeaders]) as never,
    servername: /^[\d.]+$|:/.test(target.hostname) ? "" : target.hostname,
    ...(options.deadline === undefined ? {} : { signal: options.deadline }),
  });
  limitConnecting(request, options.connectTimeoutMs, target.authority);
  try {
    const response = await sendBody(request, prepared);
    return received(response, options, target.authority);
  } catch (error) {
    request.destroy();
    throw describeFault(error, target.authority, options.deadline);
  }
}

// Header values go out as UTF-8; Node writes strings octet by octet.
function wireHeaders(fields: HeaderFields): [string, string][] {
  return [...fields, ["connection", "close"] as const].map(([name, value]) => [
    name,
    Buffer.from(value, "utf8").toString("latin1"),
  ]);
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
      pipeline(openBody(), request).catch((error: unknown) => {
        if (!answered) reject(error);
      });
  });
}

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
  "x-gzip": createGunzip,
};

function received(response: IncomingMessage, options: ExchangeOptions, authority: string): Received {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    headers.push([response.rawHeaders[index] as string, response.rawHeaders[index + 1] as string]);
  }
  const encoding = (response.headers["content-encoding"] ?? "").toLowerCase().trim();
  const decoder = options.decompress && Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  return {
    httpVersion: response.httpVersion,
    statusCode: response.statusCode ?? 0,
    statusMessage: response.statusMessage ?? "",
    headers,
    body: readBody(response, decoder, authority, options.deadline),
    discard: () => void response.destroy(),
  };
}

async function* readBody(
  response: IncomingMessage,
  decoder: (() => NodeJS.ReadWriteStream & Readable) | undefined,
  authority: string,
  deadline: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
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
    throw describeFault(error, authority, deadline);
  }
}

const tlsFaults = /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

function describeFault(error: unknown, authority: string, deadline: AbortSignal | undefined): Error {
  if (error instanceof RolesAnywhereError) return error;
  if (deadline?.aborted === true) {
    return new NetworkError("ERR_TIMEOUT", `${authority} did not answer in the time that --max-time gives`, {
      hints: ["raise --max-time, or leave it out to wait as long as it takes"],
      cause: error,
    });
  }
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  if (tlsFaults.test(code)) {
    return new NetworkError("ERR_TLS", `no secure connection to ${authority}: ${message} (${code})`, {
      hints: ["--cacert FILE trusts another authority; -k skips the check, for a test host alone"],
      cause: error,
    });
  }
  const reason = code === "" || message.includes(code) ? message : `${message} (${code})`;
  return new NetworkError("ERR_CONNECTION", `the exchange with ${authority} failed: ${reason}`, {
    hints: ["check the host name, the port, the network and the proxy"],
    cause: error,
  });
}
