import type { Socket } from "node:net";
import { findHeader } from "../aws/http/header-fields.js";
import type { Received as Exchanged, Transport } from "../aws/http/transport.js";
import { NetworkError } from "../errors.js";
import { message, setting } from "../message.js";
import { decodeBody } from "./content-coding.js";
import type { Dialer } from "./dial.js";
import type { Prepared } from "./outgoing.js";

export interface ExchangeOptions {
  readonly transport: Transport;
  /** The address to connect to instead of the request's host. */
  readonly dial?: Dialer | undefined;
  readonly connectTimeoutMs: number;
  /** Covers connection, request and response; undefined for no limit. */
  readonly deadline: AbortSignal | undefined;
  /** Whether to decode a compressed body. */
  readonly decompress: boolean;
  /** Called at each phase of a new connection. A reused connection has no phases. */
  readonly onConnection?: ((phase: ConnectionPhase) => void) | undefined;
}

export type ConnectionPhase = (typeof connectionPhases)[number];

const connectionPhases = ["lookup", "connect", "secureConnect"] as const;

function tellPhases(socket: Socket, kept: boolean, tell: (phase: ConnectionPhase) => void): void {
  for (const phase of connectionPhases) socket.once(phase, () => tell(phase));
  // The socket of a proxy tunnel is already connected, so its "connect" event has passed.
  if (!kept && !socket.connecting) tell("connect");
}

export interface Received extends Pick<
  Exchanged,
  "httpVersion" | "statusCode" | "statusMessage" | "headers" | "discard"
> {
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request, with its target exactly as prepared, and returns when the response headers have arrived.
 *
 * @throws NetworkError `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_TLS`
 */
export async function exchange(prepared: Prepared, options: ExchangeOptions): Promise<Received> {
  const { target, method, headers, openBody } = prepared;
  const { transport, dial, connectTimeoutMs, deadline, decompress, onConnection } = options;
  const { scheme, hostname, port, authority } = target;
  const explain = (error: unknown) => (deadline?.aborted === true ? overdue(authority, error) : (error as Error));
  let received: Exchanged;
  try {
    received = await transport.exchange(
      {
        protocol: scheme === "http" ? "http:" : "https:",
        hostname,
        port,
        dial: dial?.({ hostname, port }),
        method,
        target: target.target,
        headers,
        body: openBody,
        onSocket: onConnection && ((socket, kept) => tellPhases(socket, kept, onConnection)),
      },
      { connectMs: connectTimeoutMs, signal: deadline },
    );
  } catch (error) {
    throw explain(error);
  }
  const { httpVersion, statusCode, statusMessage, headers: fields, discard } = received;
  const coding = decompress && method !== "HEAD" ? (findHeader(fields, "content-encoding") ?? "") : "";
  return { httpVersion, statusCode, statusMessage, headers: fields, body: readBody(), discard };

  async function* readBody(): AsyncGenerator<Uint8Array> {
    try {
      yield* decodeBody(readWire(), coding);
    } finally {
      // A server may respond before it has read the whole request body. Nothing reads the rest then.
      discard();
    }
  }

  async function* readWire(): AsyncGenerator<Uint8Array> {
    let length = 0;
    try {
      for await (const chunk of received.body as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        yield chunk;
      }
    } catch (error) {
      const fault = await received.fault(error);
      throw explain(deadline?.aborted !== true && isBroken(fault) ? cutShort(authority, length, fault) : fault);
    }
  }
}

function isBroken(error: Error): boolean {
  return error instanceof NetworkError && error.code === "ERR_CONNECTION";
}

function cutShort(authority: string, length: number, cause: Error): NetworkError {
  return new NetworkError("ERR_CONNECTION", `the response from ${authority} was cut short after ${length} bytes`, {
    hints: ["the connection broke before the end of the body: repeat the request"],
    cause,
  });
}

function overdue(authority: string, cause: unknown): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `no complete answer from ${authority} in the time allowed`, {
    hints: [message`${setting("max-time")} gives more; without it there is no limit`],
    cause,
  });
}
