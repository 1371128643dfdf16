import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext, createServer as createTlsServer } from "node:tls";
import { createAuthority, issueCertificate, keyOf } from "./pki.js";

export interface Internet {
  /** Proxy for `HTTPS_PROXY`. */
  readonly proxyUrl: string;
  /** Accepts TLS connections for any host, by the name that the client requests. */
  readonly tlsPort: number;
  /** PEM of the authority that issues certificates for every host. */
  readonly authority: string;
  close(): Promise<void>;
}

/**
 * An internet on loopback: behind a proxy, or on one port, every https host answers with a certificate of its name, and
 * its bytes reach a plain server of this machine unchanged. So programs can run with the addresses that they have
 * elsewhere, which their signatures cover.
 *
 * @param portOf The plain server for a host; undefined for one that does not exist.
 */
export async function startInternet(portOf: (host: string) => number | undefined): Promise<Internet> {
  const authority = createAuthority(keyOf("ec-p256", "internet"), { subject: [["CN", "Test Internet CA"]] });
  const contextOf = (host: string) => {
    const key = keyOf("ec-p256", "internet host");
    const { pem } = issueCertificate(
      key,
      { subject: [["CN", "host"]], alternativeNames: [["dns", host]], extendedKeyUsage: ["serverAuth"] },
      authority,
    );
    return createSecureContext({ cert: pem, key: key.privateKeyPem });
  };
  const sockets = new Set<Socket>();
  const terminator = createTlsServer(
    { SNICallback: (host, callback) => callback(null, contextOf(host)), ALPNProtocols: ["http/1.1"] },
    (socket) => {
      const port = portOf(typeof socket.servername === "string" ? socket.servername : "");
      if (port === undefined) return void socket.destroy();
      join(socket, connect(port, "127.0.0.1"));
    },
  );
  const proxy = createServer((_, response) => response.writeHead(400).end("only CONNECT"));
  proxy.on("connect", (request, socket: Socket) => {
    const [host = "", port] = (request.url ?? "").split(":");
    if (port !== "443" || portOf(host) === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    join(socket, connect((terminator.address() as AddressInfo).port, "127.0.0.1"));
  });
  function join(one: Socket, other: Socket): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from
        .on("error", () => to.destroy())
        .on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  }
  for (const server of [terminator, proxy]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return {
    proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    tlsPort: (terminator.address() as AddressInfo).port,
    authority: authority.pem,
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = [once(terminator, "close"), once(proxy, "close")];
      terminator.close();
      proxy.close();
      proxy.closeAllConnections();
      await Promise.all(closed);
    },
  };
}

/** Generates a module for `node --import` that routes every TLS connection of the process to this internet. */
export function createRoute(tlsPort: number): string {
  return `import tls from "node:tls";
const { connect } = tls;
tls.connect = (...given) => {
  const [options] = given;
  if (typeof options !== "object" || options.socket) return connect(...given);
  const servername = options.servername || options.host;
  return connect({ ...options, host: "127.0.0.1", port: ${tlsPort}, servername }, ...given.slice(1));
};
`;
}
