import { buildQueryString, HttpResponse } from "@smithy/core/protocols";
import type { HttpHandler, HttpRequest as SdkRequest } from "@smithy/core/protocols";
import type { HttpRequest } from "./exchange.js";
import { joinHeaders } from "./header-fields.js";
import type { HeaderFields } from "./header-fields.js";
import { unbracketed } from "./host-name.js";
import { createTransport } from "./transport.js";
import type { ExchangeLimits, TransportOptions } from "./transport.js";

interface SdkHandlerOptions {
  readonly abortSignal?: unknown;
}

/**
 * Sends the requests of an AWS SDK client through {@link createTransport}, so that trust, proxies and limits are the
 * same as for all other requests.
 *
 * @throws UsageError `ERR_SETTING` when the CA bundle cannot be read
 */
export function createSdkHandler(
  options: TransportOptions,
  limits: Omit<ExchangeLimits, "signal">,
): HttpHandler<Record<string, unknown>> {
  const transport = createTransport(options);
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SdkRequest, { abortSignal }: SdkHandlerOptions = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const received = await transport.exchange(fromSdk(request), { ...limits, signal });
      return {
        response: new HttpResponse({
          statusCode: received.statusCode,
          reason: received.statusMessage,
          headers: joinHeaders(received.headers),
          body: received.body,
        }),
      };
    },
    destroy: () => transport.close(),
    // Each client has its own handler, so there is nothing to configure later.
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function fromSdk(request: SdkRequest): HttpRequest {
  const { protocol, hostname, port, method, path, query, headers } = request;
  const secure = protocol !== "http:";
  const queryString = buildQueryString(query);
  return {
    protocol: secure ? "https:" : "http:",
    hostname: unbracketed(hostname),
    port: port ?? (secure ? 443 : 80),
    method,
    target: queryString === "" ? path : `${path}?${queryString}`,
    headers: Object.entries(headers) as HeaderFields,
    body: request.body as string | Uint8Array | undefined,
  };
}
