import { NetworkError } from "../../errors.js";
import type { ExchangeTimeouts, HttpResponse, Send } from "./exchange.js";
import { joinHeaders } from "./header-fields.js";
import { createTransport } from "./transport.js";
import type { Received, TransportOptions } from "./transport.js";

const maxResponseBytes = 1024 * 1024;

export interface SenderOptions extends TransportOptions {
  readonly timeouts: ExchangeTimeouts;
}

/**
 * Sends requests whose responses are small enough for memory.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 */
export function createSender({ timeouts, ...options }: SenderOptions): Send {
  const transport = createTransport(options);
  const { connectMs, firstByteMs } = timeouts;
  return async (request, signal) => collect(await transport.exchange(request, { connectMs, firstByteMs, signal }));
}

async function collect(received: Received): Promise<HttpResponse> {
  const body = await collectBody(received, maxResponseBytes, "the answer is longer than");
  return { statusCode: received.statusCode, headers: joinHeaders(received.headers), body: body.toString("utf8") };
}

/**
 * Reads a body into memory.
 *
 * @param tooLong How the error for a longer body begins.
 * @throws NetworkError
 */
export async function collectBody({ body, fault }: Received, maxBytes: number, tooLong: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new NetworkError("ERR_CONNECTION", `${tooLong} ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw await fault(error);
  }
  return Buffer.concat(chunks);
}
