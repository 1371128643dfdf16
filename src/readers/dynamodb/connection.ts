import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { crc32 } from "node:zlib";
import type { CredentialProvider } from "../../aws/credentials.js";
import { formatEndpoint } from "../../aws/endpoint.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { createHttpsAgent } from "../../aws/http/https-agent.js";
import { networkError } from "../../aws/http/network-error.js";
import { createProxyAgent } from "../../aws/http/proxy.js";
import { NetworkError } from "../../errors.js";
import type { Sourced } from "../../origin.js";
import type { PageBuffer } from "./page-buffer.js";
import { createRequestSigner } from "./request-signer.js";

export type Operation = "Scan" | "DescribeTable" | "ListTables";

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly credentials: CredentialProvider;
  /** Longest silence of the server before an attempt counts as failed, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly verifySsl: boolean;
  /** Root certificates to trust in place of the runtime's and the system's. */
  readonly caBundle: Sourced<string> | undefined;
}

/** One answer; its body lies in the buffer that the caller gave. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingMessage["headers"];
}

/** Sends single requests over connections that stay open; it never tries again and never judges an answer. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly region: string;
  /**
   * @param skewMs Added to this machine's clock for the signature.
   * @throws NetworkError when no whole answer arrives.
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
  const agent = createAgent(options);
  return {
    endpoint,
    region,
    async send(operation, body, buffer, { signal, skewMs }) {
      const signer = await credentials();
      const headers = await sign(operation, body, signer, new Date(Date.now() + skewMs));
      return exchange(options, { agent, headers, body, buffer, signal });
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly agent: HttpAgent;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly buffer: PageBuffer;
  readonly signal: AbortSignal;
}

function exchange(options: ConnectionOptions, given: Exchange): Promise<Answer> {
  const { endpoint, idleTimeoutMs } = options;
  const { agent, headers, body, buffer, signal } = given;
  const send = endpoint.protocol === "https:" ? httpsRequest : httpRequest;
  const target: RequestOptions = {
    hostname: endpoint.hostname,
    port: endpoint.port,
    method: "POST",
    path: `${endpoint.pathPrefix}/`,
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    agent,
    signal,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? error : networkError(error, endpoint, undefined));
    const request = send(target, (response) => {
      buffer.clear(Number(response.headers["content-length"] ?? 0));
      response.on("data", (chunk: Uint8Array) => buffer.append(chunk));
      response.on("error", fail);
      response.on("end", () => {
        if (!response.complete) return fail(damaged(endpoint, "the connection was cut in the middle of an answer"));
        if (!isIntact(response, buffer)) return fail(damaged(endpoint, "an answer does not match its checksum"));
        resolve({ statusCode: response.statusCode ?? 0, headers: response.headers });
      });
    });
    request.on("error", fail);
    request.setTimeout(idleTimeoutMs, () => request.destroy(silence(endpoint, idleTimeoutMs)));
    request.end(body);
  });
}

/** The service sends the CRC-32 of the body's bytes as a decimal number. */
function isIntact({ headers }: IncomingMessage, buffer: PageBuffer): boolean {
  const expected = headers["x-amz-crc32"];
  return typeof expected !== "string" || crc32(buffer.contents()) === Number(expected);
}

function damaged({ host }: Endpoint, what: string): NetworkError {
  return new NetworkError("ERR_CONNECTION", `no whole answer from ${host}: ${what}`, {
    hints: ["check the network path and the proxy settings (HTTPS_PROXY, NO_PROXY)"],
  });
}

function silence(endpoint: Endpoint, idleTimeoutMs: number): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `${endpoint.host} was silent for ${idleTimeoutMs / 1000} s`, {
    hints: ["check the network path, or allow more time with --timeout SECONDS"],
  });
}

function createAgent({ endpoint, verifySsl, caBundle }: ConnectionOptions): HttpAgent {
  const tls = { verifySsl, caBundle, keepAlive: true };
  if (endpoint.protocol === "https:") return createHttpsAgent(tls, formatEndpoint(endpoint), undefined);
  return createProxyAgent(endpoint, { rejectUnauthorized: verifySsl }) ?? new HttpAgent({ keepAlive: true });
}
