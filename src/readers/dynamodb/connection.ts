import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { NetworkError, UsageError } from "../../errors.js";
import { formatEndpoint } from "../../aws/endpoint.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";
import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import { createRequestSigner } from "./request-signer.js";
import type { PageBuffer } from "./page-buffer.js";

export type Operation = "Scan" | "DescribeTable" | "ListTables";

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly credentials: CredentialProvider;
  /** The most connections that are open at once. */
  readonly maximumConnections: number;
  /** Longest silence of the server before an attempt counts as failed, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Root certificates to trust in place of the runtime's. */
  readonly caBundle: Sourced<string> | undefined;
}

/** One answer; its body lies in the buffer that the caller gave. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingMessage["headers"];
  /** What the request was signed with. */
  readonly accessKeyId: string;
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

export async function createConnection(options: ConnectionOptions): Promise<Connection> {
  const { endpoint, region, credentials } = options;
  const sign = createRequestSigner(endpoint, region);
  const agent = await createAgent(options);
  return {
    endpoint,
    region,
    async send(operation, body, buffer, { signal, skewMs }) {
      const signer: AwsCredentials = await credentials();
      const headers = await sign(operation, body, signer, new Date(Date.now() + skewMs));
      const answer = await exchange(options, { agent, headers, body, buffer, signal });
      return { ...answer, accessKeyId: signer.accessKeyId };
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

function exchange(options: ConnectionOptions, given: Exchange): Promise<Omit<Answer, "accessKeyId">> {
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
    const fail = (error: Error) => reject(signal.aborted ? error : networkError(endpoint, error));
    const request = send(target, (response) => {
      buffer.clear(Number(response.headers["content-length"] ?? 0));
      response.on("data", (chunk: Uint8Array) => buffer.append(chunk));
      response.on("error", fail);
      response.on("end", () => {
        if (!response.complete) return fail(new Error("the connection was cut"));
        if (!isIntact(response, buffer)) return fail(new Error("the answer does not match its checksum"));
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

function silence(endpoint: Endpoint, idleTimeoutMs: number): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `${endpoint.host} was silent for ${idleTimeoutMs / 1000} s`, {
    hints: ["check the network path, or allow more time with --timeout SECONDS"],
  });
}

function networkError(endpoint: Endpoint, cause: Error): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const { code = "" } = cause as NodeJS.ErrnoException;
  const tls = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|EPROTO)/.test(code);
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "the connection was cut",
    ENOTFOUND: "the name cannot be resolved",
    EAI_AGAIN: "the name server does not answer",
  };
  return new NetworkError(
    tls ? "ERR_TLS" : "ERR_CONNECTION",
    `cannot reach DynamoDB at ${endpoint.host}: ${words[code] ?? (code === "" ? cause.message : code)}`,
    {
      cause,
      hints: [
        tls
          ? "if a proxy inspects TLS here, put its root certificate into a file and name it in AWS_CA_BUNDLE"
          : "check --region and --endpoint-url, the network and the proxy (HTTPS_PROXY, NO_PROXY)",
      ],
    },
  );
}

async function createAgent(options: ConnectionOptions): Promise<HttpAgent> {
  const { endpoint, caBundle, maximumConnections } = options;
  const settings = { keepAlive: true, maxSockets: maximumConnections, scheduling: "fifo" as const };
  const { getProxyForUrl } = await import("proxy-from-env");
  const proxy = getProxyForUrl(formatEndpoint(endpoint));
  if (endpoint.protocol === "http:" && proxy === "") return new HttpAgent(settings);
  const ca = caBundle === undefined ? {} : { ca: readBundle(caBundle) };
  const trusting = { ...settings, ...ca, minVersion: "TLSv1.2" as const };
  if (proxy === "") return new HttpsAgent(trusting);
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return new HttpsProxyAgent(proxy, trusting);
}

function readBundle({ value, origin }: Sourced<string>): string {
  try {
    return readFileSync(value, "utf8");
  } catch (cause) {
    throw new UsageError(
      "ERR_SETTING",
      `cannot read the certificate bundle "${value}" that ${describeOrigin(origin)} names`,
      { cause, hints: [`correct ${describeOrigin(origin)}, or leave it out`] },
    );
  }
}
