import type { Socket } from "node:net";
import type { HeaderFields } from "./header-fields.js";

/** The destination of a request. */
export interface Origin {
  readonly protocol: "https:" | "http:";
  /** Without brackets for IPv6. */
  readonly hostname: string;
  readonly port: number;
  /** The address to connect to, if not the host and port. Host name and TLS are still those of the host. */
  readonly dial?: Dial | undefined;
}

export type Dial =
  | { readonly hostname: string; readonly port: number }
  /** A Unix domain socket. */
  | { readonly socketPath: string };

/** One request as it is sent. */
export interface HttpRequest extends Origin {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly target: string;
  /** Includes `host` and the body's framing. Order, case and repetition are kept, and only `connection` is added. */
  readonly headers: HeaderFields;
  /** Sent once connected. A function is called for each attempt. */
  readonly body: string | Uint8Array | (() => AsyncIterable<Uint8Array>) | undefined;
  /** Called with the socket of the request. A new one may still be connecting; `kept` means that it was used before. */
  readonly onSocket?: ((socket: Socket, kept: boolean) => void) | undefined;
}

/** A completely received response. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Names in lower case; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request and reads its response. Aborting the signal closes the connection. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Time limits of one exchange, in milliseconds. */
export interface ExchangeTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  /** From the first attempt to the last byte, including retries. */
  readonly overallMs: number;
}

/** The strictest reader of a credential_process waits 60 seconds. */
export const defaultTimeouts: ExchangeTimeouts = { connectMs: 10_000, firstByteMs: 20_000, overallMs: 50_000 };

/** For a caller that has a fallback; the strictest SDK gives up after about five seconds. */
export const shortTimeouts: ExchangeTimeouts = { connectMs: 2_000, firstByteMs: 3_000, overallMs: 4_500 };

/** The limits of one exchange whose response is read into memory. */
export interface SendLimits extends Pick<ExchangeTimeouts, "connectMs" | "firstByteMs"> {
  readonly maxBytes: number;
  /** How the error for a longer response begins. */
  readonly tooLong: string;
  readonly signal: AbortSignal;
}

/**
 * What a runtime has beside the transport: a faster way for usual requests. Returns undefined for a request that it would
 * change, and if TLS fails before anything was sent: the transport then sends it, or explains why it cannot.
 */
export type NativeSend = (request: HttpRequest, limits: SendLimits) => Promise<HttpResponse | undefined>;
