import { readFileSync } from "node:fs";
import type { ClientRequest, IncomingMessage } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { NetworkError, UsageError } from "../../errors.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";
import type { ExchangeTimeouts, HttpRequest, HttpResponse, Send } from "./exchange.js";
import { networkError } from "./network-error.js";

const maximumResponseBytes = 1024 * 1024;

export interface SenderOptions {
  readonly verifySsl: boolean;
  readonly caBundle: Sourced<string> | undefined;
  readonly timeouts: ExchangeTimeouts;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly debug: (line: string) => void;
  /** URL of the proxy, empty for none; default: as the environment names it. */
  readonly proxy?: string | undefined;
}

/**
 * A sender over `node:https`, which signs nothing, follows no redirect and changes no header.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 */
export function createSender(options: SenderOptions): Send {
  const ca = options.caBundle === undefined ? undefined : readCaBundle(options.caBundle);
  if (!options.verifySsl) options.debug("tls: certificate verification is off (--no-verify-ssl)");
  return async (request, signal) => {
    const agent = await proxyAgent(request, options);
    signal.throwIfAborted();
    const attempt = (roots: readonly string[] | undefined) =>
      exchange(request, { ...options, ca: roots, agent, signal });
    try {
      return await attempt(ca);
    } catch (error) {
      // The runtime's own roots do not know what an administrator added to the system's.
      const roots = ca === undefined && isUnknownIssuer(error) ? await systemRoots() : undefined;
      if (roots === undefined) throw error;
      options.debug("tls: issuer unknown to the bundled roots, trying the system's");
      return attempt(roots);
    }
  };
}

interface ExchangeOptions extends SenderOptions {
  readonly ca: readonly string[] | undefined;
  readonly agent: http.Agent | false;
  readonly signal: AbortSignal;
}

function exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
  const { connectMs, firstByteMs } = options.timeouts;
  const { ca, agent, signal } = options;
  const proxy = agent === false ? undefined : nameProxy(options.proxy);
  return new Promise((resolve, reject) => {
    const module = request.protocol === "https:" ? https : http;
    const outgoing: ClientRequest = module.request({
      protocol: request.protocol,
      hostname: request.hostname,
      port: request.port,
      method: request.method,
      path: request.target,
      headers: { ...request.headers, "Content-Length": String(Buffer.byteLength(request.body)) },
      setHost: false,
      agent,
      minVersion: "TLSv1.2",
      rejectUnauthorized: options.verifySsl,
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    function abort(): void {
      // A reason may be anything at all, while a stream takes errors alone.
      reject(signal.reason as Error);
      end();
      outgoing.destroy();
    }
    signal.addEventListener("abort", abort, { once: true });
    /** A listener that stays would keep a signal that was made of several alive for as long as they live. */
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
    let timer = limit(connectMs, "connect");
    function limit(ms: number, phase: "connect" | "answer"): NodeJS.Timeout {
      return setTimeout(() => outgoing.destroy(timeoutError(request, ms, phase)), ms);
    }
    function connected(): void {
      clearTimeout(timer);
      timer = limit(firstByteMs, "answer");
    }
    outgoing.on("socket", (socket) => {
      if (!socket.connecting) connected();
      else socket.once(request.protocol === "https:" && agent === false ? "secureConnect" : "connect", connected);
    });
    outgoing.on("response", (response) => {
      collect(response)
        .then(resolve, (error: unknown) => {
          reject(networkError(error, request, proxy));
        })
        .finally(end);
    });
    outgoing.on("error", (error) => {
      end();
      reject(networkError(error, request, proxy));
    });
    outgoing.end(request.body);
  });
}

async function collect(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumResponseBytes)
      throw new NetworkError("ERR_CONNECTION", `the answer is longer than ${maximumResponseBytes} bytes`);
    chunks.push(chunk);
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return {
    statusCode: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function timeoutError(request: HttpRequest, ms: number, phase: "connect" | "answer"): NetworkError {
  const where = `${request.hostname}:${request.port}`;
  const fault = phase === "connect" ? `no connection to ${where}` : `no answer from ${where}`;
  return new NetworkError("ERR_TIMEOUT", `${fault} within ${ms / 1000} s`, {
    hints: ["check the network path, the proxy (HTTPS_PROXY, NO_PROXY) and the endpoint"],
  });
}

/** How messages call the proxy. */
function nameProxy(given: string | undefined): string {
  return given === undefined ? "the proxy that the environment names" : "the proxy that was given";
}

async function proxyAgent(
  request: HttpRequest,
  { variables, verifySsl, proxy }: SenderOptions,
): Promise<http.Agent | false> {
  const named = ["https_proxy", "http_proxy", "all_proxy"].some(
    (name) => (variables[name] ?? variables[name.toUpperCase()] ?? "") !== "",
  );
  if (proxy === "" || (proxy === undefined && !named)) return false;
  const { createProxyAgent } = await import("./proxy.js");
  return createProxyAgent(request, { rejectUnauthorized: verifySsl }, proxy) ?? false;
}

function readCaBundle({ value, origin }: Sourced<string>): readonly string[] {
  try {
    return [readFileSync(value, "utf8")];
  } catch (error) {
    throw new UsageError(
      "ERR_SETTING",
      `${describeOrigin(origin)} names ${value}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`,
      {
        hints: ["point it at a PEM file of root certificates, or unset it"],
      },
    );
  }
}

function isUnknownIssuer(error: unknown): boolean {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  return [
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  ].includes(code);
}

async function systemRoots(): Promise<readonly string[] | undefined> {
  return (await import("./system-roots.js")).readSystemRoots();
}
