import { collectBody } from "./collect-body.js";
import type { ExchangeTimeouts, NativeSend, Send } from "./exchange.js";
import { joinHeaders } from "./header-fields.js";
import type { Transport, TransportOptions } from "./transport.js";
import { createTlsOptions } from "./trust.js";

const maxResponseBytes = 1024 * 1024;

export interface SenderOptions extends TransportOptions {
  readonly timeouts: ExchangeTimeouts;
}

/**
 * Sends requests whose responses are small enough for memory.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 * @throws UsageError `ERR_SETTING` when the CA bundle cannot be read
 */
export function createSender({ timeouts, ...options }: SenderOptions): Send {
  const tls = createTlsOptions(options);
  const { connectMs, firstByteMs } = timeouts;
  let transport: Promise<Transport> | undefined;
  let native: Promise<NativeSend> | undefined;
  const openTransport = async () => (await import("./transport.js")).createTransport(options, tls);
  const openNative = async () => (await import("./fetch-send.js")).createFetchSend(options, tls);
  return async (request, signal) => {
    const limits = { connectMs, firstByteMs, maxBytes: maxResponseBytes, tooLong: "the answer is longer than", signal };
    if (process.versions["bun"] !== undefined) {
      const response = await (await (native ??= openNative()))(request, limits);
      if (response !== undefined) return response;
    }
    const received = await (await (transport ??= openTransport())).exchange(request, limits);
    const body = await collectBody(received, limits.maxBytes, limits.tooLong);
    return { statusCode: received.statusCode, headers: joinHeaders(received.headers), body: body.toString("utf8") };
  };
}
