import { checkServerIdentity } from "node:tls";
import type { PeerCertificate } from "node:tls";
import { collectChunks } from "./collect-body.js";
import type { HttpRequest, HttpResponse, NativeSend, SendLimits } from "./exchange.js";
import { bracketed } from "./host-name.js";
import { namesProxy } from "./proxy-settings.js";
import { connectTimeout, silence } from "./timeout-error.js";
import type { TransportOptions } from "./transport.js";
import { namesRoots } from "./trust.js";
import type { TlsOptions } from "./trust.js";

/** The options of Bun's `fetch` beyond the standard. */
interface BunRequest extends RequestInit {
  readonly decompress: boolean;
  readonly tls: {
    readonly ca?: TlsOptions["ca"];
    readonly rejectUnauthorized: true;
    readonly checkServerIdentity: (hostname: string, certificate: PeerCertificate) => Error | undefined;
  };
}

/**
 * Sends by Bun's own `fetch`, which loads less than `node:https`. Takes only requests that `fetch` sends unchanged over a
 * direct, verified TLS connection of their own.
 */
export function createFetchSend(options: TransportOptions, tls: TlsOptions): NativeSend {
  const { variables, proxy, keepAlive, verifySsl, clientCertificate } = options;
  // Bun's fetch reads proxies from the variables itself, and has no setting against it.
  const isDirect = !namesProxy({ variables }) && !namesProxy({ variables, proxy });
  const isOwn = keepAlive !== true && verifySsl && clientCertificate === undefined;
  // The transport reads roots that variables name. Bun's trace would print headers.
  const isQuiet = !namesRoots(variables) && (variables["BUN_CONFIG_VERBOSE_FETCH"] ?? "") === "";
  const fits = isDirect && isOwn && isQuiet;
  return async (request, limits) => {
    const url = fits ? urlOf(request) : undefined;
    return url === undefined ? undefined : exchange(url, request, tls, limits);
  };
}

/** Returns the URL of a request that `fetch` does not change. */
function urlOf({ protocol, hostname, port, dial, target, body, headers, onSocket }: HttpRequest): URL | undefined {
  if (protocol !== "https:" || dial !== undefined || onSocket !== undefined || typeof body === "function")
    return undefined;
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (names.size < headers.length || headers.some(([, value]) => /[^\x21-\x7e]/.test(value.replaceAll(" ", ""))))
    return undefined;
  const text = `https://${bracketed(hostname)}${port === 443 ? "" : `:${port}`}${target}`;
  // A host that ends in a dot, or a path that a URL parser would normalize.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.href === text && !hostname.endsWith(".") ? url : undefined;
}

async function exchange(
  url: URL,
  request: HttpRequest,
  tls: TlsOptions,
  { connectMs, firstByteMs, maxBytes, tooLong, signal }: SendLimits,
): Promise<HttpResponse | undefined> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let connected = false;
  let timer = setTimeout(() => controller.abort(connectTimeout(request, connectMs)), connectMs);
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const onConnected = () => {
    connected = true;
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(silence(request, firstByteMs)), firstByteMs);
  };
  const init: BunRequest = {
    method: request.method,
    headers: [...request.headers, ["connection", "close"]] as [string, string][],
    ...(request.body === undefined ? {} : { body: request.body as string }),
    redirect: "manual",
    keepalive: false,
    decompress: false,
    signal: controller.signal,
    tls: {
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      // Otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
      rejectUnauthorized: true,
      // Replaces the check of `fetch`; it is called after the chain was verified, before the request is sent.
      checkServerIdentity: (hostname, certificate) => {
        const fault = checkServerIdentity(hostname, certificate);
        if (fault === undefined) onConnected();
        return fault;
      },
    },
  };
  try {
    const response = await fetch(url, init);
    clearTimeout(timer);
    const chunks = (response.body ?? []) as unknown as AsyncIterable<Uint8Array>;
    const body = await collectChunks(chunks, maxBytes, tooLong);
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: body.toString("utf8") };
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    const fault = (await import("./network-error.js")).networkError(error, request, undefined);
    // The transport knows more roots, and nothing was sent yet.
    if (!connected && fault.code === "ERR_TLS") return undefined;
    throw fault;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    controller.abort();
  }
}
