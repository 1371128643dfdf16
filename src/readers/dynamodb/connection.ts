import { crc32 } from "node:zlib";
import type { CredentialProvider } from "../../aws/credentials.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { joinHeaders } from "../../aws/http/header-fields.js";
import { createTransport } from "../../aws/http/transport.js";
import type { Transport, TransportOptions } from "../../aws/http/transport.js";
import { NetworkError } from "../../errors.js";
import type { Operation } from "./operation.js";
import type { PageBuffer } from "./page-buffer.js";
import { createRequestSigner } from "./request-signer.js";

export interface ConnectionOptions extends Pick<TransportOptions, "verifySsl" | "caBundle" | "variables"> {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly credentials: CredentialProvider;
  /** How long the server may be silent before an attempt fails, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** A response; its body is in the caller's buffer. */
export interface Answer {
  readonly statusCode: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends single requests over keep-alive connections. It neither retries nor interprets a response. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly region: string;
  /**
   * @param skewMs Added to this machine's clock for the signature.
   * @throws NetworkError when no complete response arrives.
   */
  send(operation: Operation, body: string, buffer: PageBuffer, attempt: Attempt): Promise<Answer>;
  close(): void;
}

export interface Attempt {
  readonly signal: AbortSignal;
  readonly skewMs: number;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { endpoint, region, credentials } = options;
  const sign = createRequestSigner(endpoint, region);
  const transport = createTransport({ ...options, keepAlive: true });
  return {
    endpoint,
    region,
    async send(operation, body, buffer, { signal, skewMs }) {
      const headers = await sign(operation, body, await credentials(), new Date(Date.now() + skewMs));
      return exchange(transport, options, { headers, body, buffer, signal });
    },
    close: () => transport.close(),
  };
}

interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly buffer: PageBuffer;
  readonly signal: AbortSignal;
}

async function exchange(transport: Transport, options: ConnectionOptions, given: Exchange): Promise<Answer> {
  const { endpoint, idleTimeoutMs } = options;
  const { headers, body, buffer, signal } = given;
  const { protocol, hostname, port } = endpoint;
  const received = await transport.exchange(
    {
      protocol,
      hostname,
      port,
      method: "POST",
      target: `${endpoint.pathPrefix}/`,
      headers: [...Object.entries(headers), ["content-length", String(Buffer.byteLength(body))]],
      body,
    },
    { connectMs: idleTimeoutMs, idleMs: idleTimeoutMs, signal },
  );
  const answer: Answer = { statusCode: received.statusCode, headers: joinHeaders(received.headers) };
  buffer.clear(Number(answer.headers["content-length"] ?? 0));
  try {
    for await (const chunk of received.body as AsyncIterable<Uint8Array>) buffer.append(chunk);
  } catch (error) {
    throw await received.fault(error);
  }
  if (!isIntact(answer, buffer)) throw damaged(endpoint, "an answer does not match its checksum");
  return answer;
}

/** Verifies the CRC-32 of the body, which the service sends as a decimal number. */
function isIntact({ headers }: Answer, buffer: PageBuffer): boolean {
  const expected = headers["x-amz-crc32"];
  return expected === undefined || crc32(buffer.contents()) === Number(expected);
}

function damaged({ host }: Endpoint, what: string): NetworkError {
  return new NetworkError("ERR_CONNECTION", `no whole answer from ${host}: ${what}`, {
    hints: ["check the network path and the proxy settings (HTTPS_PROXY, NO_PROXY)"],
  });
}
