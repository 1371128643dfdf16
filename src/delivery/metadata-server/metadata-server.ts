import { createServer as createHttpServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { AcceptPacing } from "./accept-pacing.js";
import type { Answer } from "./answer.js";
import { failure, text } from "./answer.js";
import { isLoopback } from "./listen-address.js";
import type { ListenAddress } from "./listen-address.js";
import { listen } from "./listener.js";
import { MetadataTokens } from "./metadata-tokens.js";
import { findRefusal } from "./request-guard.js";
import type { HostRules } from "./request-guard.js";
import { createRouter } from "./router.js";
import type { Binding, Dialects, RoutedAnswer } from "./router.js";
import { ServerMetrics } from "./server-metrics.js";

/** A certificate chain and its key, as PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

export interface MetadataServerOptions {
  /** The first binding is what the metadata service's dialect serves. */
  readonly bindings: readonly [Binding, ...Binding[]];
  readonly listen: readonly ListenAddress[];
  /** Whether addresses beyond loopback are meant; default false. */
  readonly allowRemote?: boolean;
  /** Default: container credentials alone. */
  readonly dialects?: Dialects;
  readonly region?: string | undefined;
  readonly tls?: ServerTls | undefined;
  /** Further `Host` values to accept, besides IP addresses and `localhost`. */
  readonly allowedHosts?: readonly string[];
  readonly metrics?: ServerMetrics;
  readonly now?: () => number;
}

export interface MetadataServer {
  /** Where it listens, with the ports that the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Serves new connections with another certificate, such as a renewed one. */
  replaceTls(tls: ServerTls): void;
  /** Stops listening, lets answers under way finish and then ends every connection; milliseconds, default 5000. */
  drain(limitMs?: number): Promise<void>;
}

/** Limits on every connection: a reader sends a few hundred bytes at once, and anything slower or larger is no reader. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 15_000,
  keepAlive: true,
} as const satisfies ServerOptions;
const maximumConnections = 8192;
const maximumHeaders = 64;

/**
 * Serves sessions from memory as container credentials, as the EC2 instance metadata service, or as both.
 *
 * @throws UsageError `ERR_LISTEN` when an address cannot be had; then nothing listens.
 */
export async function startMetadataServer(options: MetadataServerOptions): Promise<MetadataServer> {
  const tokens = new MetadataTokens(options.now ?? Date.now);
  const metrics = options.metrics ?? new ServerMetrics();
  const servers: Server[] = [];
  const connections = new Set<Duplex>();
  const pacing = new AcceptPacing();
  let draining = false;
  const route = createRouter({
    bindings: options.bindings,
    dialects: options.dialects ?? { container: true, metadata: false },
    region: options.region,
    tokens,
    formatMetrics: () => formatMetrics(metrics, options.bindings, tokens, connections.size),
  });
  const addresses: ListenAddress[] = [];
  for (const asked of options.listen) {
    let bound = asked;
    const server = createLimitedServer(options.tls, (request, response) => {
      const rules = { allowedHosts: options.allowedHosts ?? [], ownPortOnly: keepsOwnPort(bound) };
      void answerRequest(request, rules, route).then(({ route: name, answer }) => {
        metrics.countRequest(name, answer.status);
        pacing.run(() => send(response, answer, draining));
      });
    });
    server.on("connection", (socket) => {
      pacing.connected();
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
    });
    servers.push(server);
    try {
      bound = await listen(server, asked, options.allowRemote ?? false);
    } catch (error) {
      for (const opened of servers) opened.close();
      throw error;
    }
    addresses.push(bound);
  }
  return {
    addresses,
    replaceTls: (tls) => {
      for (const server of servers) if ("setSecureContext" in server) (server as HttpsServer).setSecureContext(tls);
    },
    drain: async (limitMs = 5000) => {
      draining = true;
      await Promise.all(servers.map((server) => close(server, limitMs)));
    },
  };
}

/** A port mapping, as containers have it, gives clients another port than ours; on loopback none stands between. */
function keepsOwnPort(address: ListenAddress): boolean {
  return address.kind === "tcp" && isLoopback(address.host);
}

function createLimitedServer(
  tls: ServerTls | undefined,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = tls === undefined ? createHttpServer(limits, onRequest) : createSecureServer(tls, onRequest);
  server.maxConnections = maximumConnections;
  server.maxHeadersCount = maximumHeaders;
  server.on("clientError", refuseMalformed);
  return server;
}

function createSecureServer(
  tls: ServerTls,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createHttpsServer({ ...limits, ...tls, minVersion: "TLSv1.2", handshakeTimeout: 5000 }, onRequest);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

async function answerRequest(
  request: IncomingMessage,
  rules: HostRules,
  route: ReturnType<typeof createRouter>,
): Promise<RoutedAnswer> {
  const { method = "", url: target = "", headers } = request;
  try {
    const refusal = findRefusal({ headers, target, localPort: request.socket.localPort }, rules);
    if (refusal !== undefined) return { route: "refused", answer: text(refusal.status, `${refusal.message}\n`) };
    return await route({ method, target, headers });
  } catch {
    return { route: "other", answer: failure(500, "ERR_INTERNAL", "unexpected fault") };
  }
}

function send(response: ServerResponse, { status, contentType, body, headers }: Answer, draining: boolean): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    // A refused request may have a body under way that nobody reads.
    ...(draining || status === 413 ? { Connection: "close" } : {}),
    ...headers,
  });
  response.end(body);
}

const malformedStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = malformedStatuses[error.code ?? ""] ?? 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function formatMetrics(
  metrics: ServerMetrics,
  bindings: readonly Binding[],
  tokens: MetadataTokens,
  connections: number,
): string {
  return metrics.format({
    sessions: bindings.map(({ name, session }) => ({
      name,
      expirationMs: session.current()?.credentials.expiration.getTime(),
    })),
    metadataTokens: tokens.size,
    connections,
  });
}

function close(server: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), limitMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
