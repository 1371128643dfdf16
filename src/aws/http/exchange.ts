import type { Socket } from "node:net";
import type { HeaderFields } from "./header-fields.js";

/** Where a request goes. */
export interface Origin {
  readonly protocol: "https:" | "http:";
  /** Without brackets for IPv6. */
  readonly hostname: string;
  readonly port: number;
  /** Where the connection goes, if not to the host and port; name and TLS stay those of the host. */
  readonly dial?: Dial | undefined;
}

export type Dial =
  | { readonly hostname: string; readonly port: number }
  /** A Unix domain socket. */
  | { readonly socketPath: string };

/** One request as it is sent. */
export interface HttpRequest extends Origin {
  readonly method: string;
  /** Path and query exactly as they go on the wire. */
  readonly target: string;
  /** With `host` and the body's framing; order, case and repetition are kept, and nothing is added but `connection`. */
  readonly headers: HeaderFields;
  /** Sent once the connection is there; a function is called for each attempt. */
  readonly body: string | (() => AsyncIterable<Uint8Array>) | undefined;
  /** Called with the socket that carries the request: a new one may be connecting; `kept` has carried others before. */
  readonly onSocket?: ((socket: Socket, kept: boolean) => void) | undefined;
}

/** An answer that was read to its end. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request and reads its answer; aborting the signal closes the connection. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Time limits of one exchange, in milliseconds. */
export interface ExchangeTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  /** From the first attempt to the last byte, all retries included. */
  readonly overallMs: number;
}

/** The strictest reader of a credential_process gives it 60 seconds. */
export const defaultTimeouts: ExchangeTimeouts = { connectMs: 10_000, firstByteMs: 20_000, overallMs: 50_000 };

/** For a caller that has a fallback; the strictest SDK gives up after about five seconds. */
export const shortTimeouts: ExchangeTimeouts = { connectMs: 2_000, firstByteMs: 3_000, overallMs: 4_500 };
