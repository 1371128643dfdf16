/** One request as it is sent. */
export interface HttpRequest {
  readonly protocol: "https:" | "http:";
  readonly hostname: string;
  readonly port: number;
  readonly method: string;
  /** Path and query exactly as they go on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpResponse {
  readonly statusCode: number;
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request; aborting the signal closes its connection. */
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

/** For a caller that has something to fall back on; the least patient reader gives up after about five seconds. */
export const impatientTimeouts: ExchangeTimeouts = { connectMs: 2_000, firstByteMs: 3_000, overallMs: 4_500 };
