// The one exchange of the lean edition: src/aws/http/send.ts on LLRT's `fetch`.
import { Agent } from "https";
import { NetworkError } from "../errors.js";
import type { HttpRequest, HttpResponse, Send } from "../aws/http/exchange.js";
import { bracketed } from "../aws/http/host-name.js";
import { namesProxy } from "../aws/http/proxy-settings.js";
import type { SenderOptions } from "../aws/http/send.js";
import { connectTimeout } from "../aws/http/timeout-error.js";
import { createTlsOptions, namesRoots } from "../aws/http/trust.js";
import { hasFullProgram, requestHandOver } from "./hand-over.js";

const maxResponseBytes = 1024 * 1024;

/**
 * Sends requests directly to servers that the bundled roots or the CA bundle vouch for. What fails before there is a
 * connection, the full program tries again: it knows proxies and the system's roots, and why a connection failed.
 */
export function createSender(options: SenderOptions): Send {
  const { verifySsl, variables, timeouts } = options;
  if (!verifySsl) throw requestHandOver("connect without verification of certificates");
  if (namesProxy(options)) throw requestHandOver("connect through a proxy");
  if (namesRoots(variables)) throw requestHandOver("read the roots that SSL_CERT_FILE and SSL_CERT_DIR name");
  const { ca } = createTlsOptions(options);
  const agent = ca === undefined ? undefined : new Agent({ ca: splitBundle(String(ca)) });
  return async (request, signal) => {
    try {
      return await exchange(request, agent, signal, timeouts.connectMs + timeouts.firstByteMs);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof NetworkError) throw error;
      const { message: said } = error as Error;
      // Hyper says no more than this about name servers, refused connections and certificates.
      const connecting = said.includes("(Connect)");
      if (connecting && hasFullProgram()) throw requestHandOver("explain why a connection failed");
      const { networkError } = await import("../aws/http/network-error.js");
      throw networkError(connecting ? error : dropped(said), request, undefined);
    }
  };
}

/** After a connection is there, an error means that it ended too early. */
function dropped(text: string): Error {
  return Object.assign(new Error(text), { code: "ECONNRESET" });
}

async function exchange(
  { protocol, hostname, port, method, target, headers, body }: HttpRequest,
  agent: Agent | undefined,
  signal: AbortSignal,
  firstByteMs: number,
): Promise<HttpResponse> {
  const place = { hostname, port };
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(connectTimeout(place, firstByteMs)), firstByteMs);
  try {
    // `agent` is LLRT's.
    const response = await fetch(`${protocol}//${bracketed(hostname)}${port === 443 ? "" : `:${port}`}${target}`, {
      method,
      headers: {
        ...Object.fromEntries(headers.filter(([name]) => name !== "content-length")),
        // LLRT would add others.
        "accept-encoding": "identity",
      },
      redirect: "manual",
      signal: AbortSignal.any([ended.signal, signal]),
      ...(typeof body === "string" ? { body } : {}),
      ...(agent === undefined ? {} : { agent }),
    });
    const text = await response.text();
    if (text.length > maxResponseBytes)
      throw new NetworkError("ERR_CONNECTION", `the answer is longer than ${maxResponseBytes} bytes`);
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: text };
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** LLRT reads one certificate of each text. */
function splitBundle(text: string): string[] {
  return [...text.matchAll(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g)].map(
    ([block]) => `${block}\n`,
  );
}
