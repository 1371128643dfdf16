// The one exchange of the lean edition, in place of src/aws/http/send.ts.
import { NetworkError } from "../errors.js";
import type { HttpRequest, HttpResponse, Send } from "../aws/http/exchange.js";
import type { SenderOptions } from "../aws/http/send.js";
import { connectTimeout } from "../aws/http/timeout-error.js";
import { connect, refuseIndirect, takeConnection } from "./connection.js";
import { hasFullProgram, requestHandOver } from "./hand-over.js";
import { host, type RequestFailure } from "./host.js";

const maxResponseBytes = 1024 * 1024;

/**
 * Sends requests directly to servers that the bundled roots or the CA bundle vouch for. What fails before there is a
 * connection, the full program tries again: it knows proxies and the system's roots, and why a connection failed.
 */
export function createSender(options: SenderOptions): Send {
  refuseIndirect(options);
  const { connectMs, firstByteMs } = options.timeouts;
  return async (request, signal) => {
    signal.throwIfAborted();
    const outcome = await exchange(request, options, signal, connectMs + firstByteMs);
    if (!("kind" in outcome)) return outcome;
    const { kind, text, code } = outcome;
    if (kind === "long")
      throw new NetworkError("ERR_CONNECTION", `the answer is longer than ${maxResponseBytes} bytes`);
    if (kind === "connecting" && hasFullProgram()) throw requestHandOver("explain why a connection failed");
    const { networkError } = await import("../aws/http/network-error.js");
    throw networkError(
      Object.assign(new Error(text), { code: kind === "dropped" ? "ECONNRESET" : code }),
      request,
      undefined,
    );
  };
}

function exchange(
  request: HttpRequest,
  options: SenderOptions,
  signal: AbortSignal,
  limitMs: number,
): Promise<HttpResponse | RequestFailure> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(connectTimeout(request, limitMs)), limitMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
    const number = takeConnection(request) ?? connect(request, options);
    host.request(number, asText(request), maxResponseBytes, (failure, statusCode, headers, body) => {
      clearTimeout(timer);
      resolve(failure ?? { statusCode, headers, body });
    });
  });
}

/** Head and body. The connection makes one request. */
function asText({ method, target, headers, body }: HttpRequest): string {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (lines.some((line) => line.includes("\n") || line.includes("\r"))) throw new Error("a header contains a line end");
  return `${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${typeof body === "string" ? body : ""}`;
}
