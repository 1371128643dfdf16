import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { findHeader } from "../aws/http/header-fields.js";
import type { Received as Exchanged, Transport } from "../aws/http/transport.js";
import { NetworkError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Prepared } from "./outgoing.js";

export interface ExchangeOptions {
  readonly transport: Transport;
  readonly connectTimeoutMs: number;
  /** For connection, request and response together; undefined for no limit. */
  readonly deadline: AbortSignal | undefined;
  /** Whether a compressed body is given back decoded. */
  readonly decompress: boolean;
}

export interface Received extends Pick<
  Exchanged,
  "httpVersion" | "statusCode" | "statusMessage" | "headers" | "discard"
> {
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request, its target exactly as prepared, and returns as soon as the answer's head is there.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 */
export async function exchange(prepared: Prepared, options: ExchangeOptions): Promise<Received> {
  const { target, method, headers, openBody } = prepared;
  const { transport, connectTimeoutMs, deadline, decompress } = options;
  const { scheme, hostname, port, authority } = target;
  const explain = (error: unknown) => (deadline?.aborted === true ? overdue(authority, error) : (error as Error));
  let received: Exchanged;
  try {
    received = await transport.exchange(
      { protocol: `${scheme}:`, hostname, port, method, target: target.target, headers, body: openBody },
      { connectMs: connectTimeoutMs, signal: deadline },
    );
  } catch (error) {
    throw explain(error);
  }
  const { httpVersion, statusCode, statusMessage, headers: fields, discard } = received;
  const decoder = decompress && method !== "HEAD" ? decoderOf(received) : undefined;
  return { httpVersion, statusCode, statusMessage, headers: fields, body: readBody(), discard };

  async function* readBody(): AsyncGenerator<Uint8Array> {
    try {
      if (decoder === undefined) {
        yield* received.body as AsyncIterable<Uint8Array>;
        return;
      }
      const pumped = pipeline(received.body, decoder);
      pumped.catch(() => {});
      yield* decoder as AsyncIterable<Uint8Array>;
      await pumped;
    } catch (error) {
      throw explain(received.fault(error));
    } finally {
      // A server may answer in full before it has read the body; nobody reads the rest then.
      discard();
    }
  }
}

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
  "x-gzip": createGunzip,
};

function decoderOf({ headers }: Exchanged): (NodeJS.ReadWriteStream & Readable) | undefined {
  const encoding = (findHeader(headers, "content-encoding") ?? "").toLowerCase();
  return Object.hasOwn(decoders, encoding) ? decoders[encoding]?.() : undefined;
}

function overdue(authority: string, cause: unknown): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `no complete answer from ${authority} in the time allowed`, {
    hints: [message`${setting("max-time")} gives more; without it there is no limit`],
    cause,
  });
}
