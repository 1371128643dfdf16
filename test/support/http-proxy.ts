import { once } from "node:events";
import { createServer, request as requestHttp } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export interface HttpProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** `HOST:PORT` of each tunnel, and URL of each forwarded request. */
  readonly seen: string[];
  /** `Proxy-Authorization` of each. */
  readonly logins: (string | undefined)[];
}

export interface HttpProxyOptions {
  /** The proxy speaks TLS with this certificate. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers each CONNECT with this status; `silent` never answers. */
  readonly connect?: number | "silent";
  /** Port of 127.0.0.1 that replaces a host, as if the proxy knew its name; default: the host itself. */
  readonly portOf?: (host: string, port: number) => number | undefined;
}

/** Starts a proxy on loopback that tunnels and forwards. */
export async function startHttpProxy(options: HttpProxyOptions = {}): Promise<HttpProxy> {
  const { tls, connect: answer = 200, portOf } = options;
  const seen: string[] = [];
  const logins: (string | undefined)[] = [];
  const note = (request: IncomingMessage) => {
    seen.push(request.url ?? "");
    logins.push(request.headers["proxy-authorization"]);
  };
  const forward: RequestListener = (request, response) => {
    note(request);
    const { "proxy-authorization": _, ...headers } = request.headers;
    const asked = new URL(request.url ?? "");
    const port = portOf?.(asked.hostname, Number(asked.port || 80));
    const place = port === undefined ? {} : { hostname: "127.0.0.1", port };
    const outgoing = requestHttp(asked, { method: request.method, headers, ...place }, (received) => {
      response.writeHead(received.statusCode ?? 502, received.rawHeaders);
      received.pipe(response);
    });
    outgoing.on("error", () => response.writeHead(502).end());
    request.pipe(outgoing);
  };
  const server: Server = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);
  const open = new Set<Duplex>();
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    note(request);
    open.add(socket);
    socket.on("error", () => undefined);
    if (answer === "silent") return;
    if (answer !== 200) return void socket.end(`HTTP/1.1 ${answer} Refused\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url ?? ""}`);
    const known = portOf?.(hostname, Number(port || 80));
    const upstream = connect(known ?? Number(port), known === undefined ? hostname : "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    logins,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
