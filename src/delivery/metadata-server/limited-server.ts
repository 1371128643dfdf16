import { createServer as createHttpServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { AcceptPacing } from "./accept-pacing.js";
import { ConnectionRoom } from "./connection-room.js";
import { readFreeDescriptors } from "./descriptor-limit.js";

/** A certificate chain and its key, as PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** Limits of each connection. Readers send a few hundred bytes at once; anything slower or larger is not a reader. */
const limits = {
  maxHeaderSize: 16 * 1024,
  // ConnectionRoom closes slow connections sooner. These limits apply to a second request.
  headersTimeout: 8000,
  requestTimeout: 8000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 15_000,
  keepAlive: true,
} as const satisfies ServerOptions;
const maxConnections = 8192;
/** A connection ends after this time even if its refusal is not read. */
const refusalMs = 1000;

/** If descriptors are scarce, a quarter of them is reserved for refreshes and other files. */
function connectionCapacity(): number {
  const free = readFreeDescriptors();
  return free === undefined ? maxConnections : Math.max(1, Math.min(maxConnections, Math.floor((free * 3) / 4)));
}

/** The connections of servers that belong together. */
export function createRoom(tls: ServerTls | undefined, pacing: AcceptPacing): ConnectionRoom {
  return new ConnectionRoom({
    capacity: connectionCapacity(),
    relieve: () => pacing.release(),
    refuseSlow: (connection) => (tls === undefined ? endWith(connection, 408) : connection.destroy()),
  });
}

export interface Doorway {
  readonly tls: ServerTls | undefined;
  readonly room: ConnectionRoom;
  readonly pacing: AcceptPacing;
}

/** A server with limited connections. It does not listen yet. */
export function createLimitedServer(
  { tls, room, pacing }: Doorway,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = tls === undefined ? createHttpServer(limits, onRequest) : createSecureServer(tls, onRequest);
  // Some versions of Node.js silently drop headers beyond this limit, and the guards would not see them. 0 disables it;
  // the size of headers is limited, and their number is checked.
  server.maxHeadersCount = 0;
  server.on("clientError", refuseMalformed);
  server.on("connection", (socket) => {
    pacing.connected();
    room.admit(socket);
  });
  server.on("secureConnection", (socket) => room.encrypted(socket));
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

const malformedStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  endWith(socket, malformedStatuses[error.code ?? ""] ?? 400);
}

/** Ends the connection, and destroys it soon after: the peer could keep its half open indefinitely. */
function endWith(socket: Duplex, status: number): void {
  const destroy = () => socket.destroy();
  if (status === 408) socket.once("finish", destroy);
  const timer = setTimeout(destroy, refusalMs);
  socket.once("close", () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Waits for pending responses up to the limit, then closes all connections. */
export function closeServer(server: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), limitMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
