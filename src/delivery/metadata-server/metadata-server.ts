import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { AcceptPacing } from "./accept-pacing.js";
import type { Answer, MaybeLater } from "./answer.js";
import { andThen, failure, text } from "./answer.js";
import { closeServer, createLimitedServer, createRoom } from "./limited-server.js";
import type { ServerTls } from "./limited-server.js";
import { isLoopback } from "./listen-address.js";
import type { ListenAddress } from "./listen-address.js";
import { listen } from "./listener.js";
import { MetadataTokens } from "./metadata-tokens.js";
import type { Refusal } from "./refusal.js";
import { findRefusal } from "./request-guard.js";
import type { HostRules } from "./request-guard.js";
import { collectHeaders } from "./request-headers.js";
import { createRouter } from "./router.js";
import type { Binding, Dialects, RoutedAnswer } from "./router.js";
import { ServerMetrics } from "./server-metrics.js";

export interface MetadataServerOptions {
  /** The metadata service serves the first one. */
  readonly bindings: readonly [Binding, ...Binding[]];
  readonly listen: readonly ListenAddress[];
  /** Whether other machines may reach the server. Default false. */
  readonly allowRemote?: boolean;
  /** Default: container credentials only. */
  readonly dialects?: Dialects;
  readonly region?: string | undefined;
  readonly tls?: ServerTls | undefined;
  /** Further `Host` values to accept, besides IP addresses and `localhost`. */
  readonly allowedHosts?: readonly string[];
  /** Called with each refused `Host`, which comes from the client and may be anything. */
  readonly onHostRefused?: (host: string) => void;
  readonly metrics?: ServerMetrics;
  readonly now?: () => number;
}

export interface MetadataServer {
  /** The addresses, with the ports that the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Uses another certificate, such as a renewed one, for new connections. */
  replaceTls(tls: ServerTls): void;
  /** Stops listening, waits for pending responses and then closes all connections. Milliseconds, default 5000. */
  drain(limitMs?: number): Promise<void>;
}

/**
 * Serves sessions from memory as container credentials, as the EC2 instance metadata service, or both.
 *
 * @throws UsageError `ERR_LISTEN` if an address is not available. Then nothing listens.
 */
export async function startMetadataServer(options: MetadataServerOptions): Promise<MetadataServer> {
  const tokens = new MetadataTokens(options.now ?? Date.now);
  const metrics = options.metrics ?? new ServerMetrics();
  const servers: Server[] = [];
  const pacing = new AcceptPacing();
  const room = createRoom(options.tls, pacing);
  let draining = false;
  const route = createRouter({
    bindings: options.bindings,
    dialects: options.dialects ?? { container: true, metadata: false },
    region: options.region,
    tokens,
    formatMetrics: () => formatMetrics(metrics, options.bindings, tokens, room.size),
    certificates: metrics.certificates,
    now: options.now ?? Date.now,
  });
  const addresses: ListenAddress[] = [];
  for (const asked of options.listen) {
    // Evaluated once, not for each request.
    let rules = hostRules(asked, options);
    const server = createLimitedServer({ tls: options.tls, room, pacing }, (request, response) => {
      room.asked(request.socket);
      const respond = ({ route: name, answer }: RoutedAnswer): void => {
        metrics.countRequest(name, answer.status);
        pacing.run(() => {
          send(response, answer, draining);
          room.answered(request.socket);
        });
      };
      void andThen(answerRequest(request, { rules, route, onHostRefused: options.onHostRefused }), respond);
    });
    servers.push(server);
    try {
      const bound = await listen(server, asked, options.allowRemote ?? false);
      rules = hostRules(bound, options);
      addresses.push(bound);
    } catch (error) {
      for (const opened of servers) opened.close();
      room.close();
      throw error;
    }
  }
  return {
    addresses,
    replaceTls: (tls) => {
      for (const server of servers) if ("setSecureContext" in server) (server as HttpsServer).setSecureContext(tls);
    },
    drain: async (limitMs = 5000) => {
      draining = true;
      await Promise.all(servers.map((server) => closeServer(server, limitMs)));
      room.close();
    },
  };
}

function hostRules(address: ListenAddress, { allowedHosts = [], tls }: MetadataServerOptions): HostRules {
  return { allowedHosts, ownPortOnly: keepsOwnPort(address), defaultPort: tls === undefined ? 80 : 443 };
}

/** With a port mapping, as for containers, clients use another port than the server's. Loopback has no mapping. */
function keepsOwnPort(address: ListenAddress): boolean {
  return address.kind === "tcp" && isLoopback(address.host);
}

interface Answering {
  readonly rules: HostRules;
  readonly route: ReturnType<typeof createRouter>;
  readonly onHostRefused: MetadataServerOptions["onHostRefused"];
}

function answerRequest(request: IncomingMessage, { rules, route, onHostRefused }: Answering): MaybeLater<RoutedAnswer> {
  const { method = "", url: target = "" } = request;
  try {
    const headers = collectHeaders(request.rawHeaders);
    if ("status" in headers) return refuse(headers);
    const refusal = findRefusal({ headers, target, localPort: request.socket.localPort }, rules);
    if (refusal?.host !== undefined) onHostRefused?.(refusal.host);
    if (refusal !== undefined) return refuse(refusal);
    const answer = route({ method, target, headers });
    return answer instanceof Promise ? answer.catch(() => unexpected) : answer;
  } catch {
    return unexpected;
  }
}

const unexpected: RoutedAnswer = { route: "other", answer: failure(500, "ERR_INTERNAL", "unexpected fault") };

function refuse({ status, message }: Refusal): RoutedAnswer {
  return { route: "refused", answer: text(status, `${message}\n`) };
}

function send(response: ServerResponse, { status, contentType, body, headers }: Answer, draining: boolean): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    // The body of a refused request may still arrive; it is not read.
    ...(draining || status === 413 || status === 431 ? { Connection: "close" } : {}),
    ...headers,
  });
  // Node.js reserves three times the length for UTF-8, and copies ASCII as it is.
  response.end(body, length === body.length ? "latin1" : "utf8");
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
