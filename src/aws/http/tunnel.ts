import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Origin } from "./exchange.js";
import { bracketed } from "./host-name.js";
import { proxyRefusal, strangeProxy } from "./network-error.js";
import type { ProxyServer } from "./proxy.js";
import { identityOf } from "./route.js";
import type { Route, TunnelRequest } from "./route.js";
import type { TlsOptions } from "./trust.js";

type Place = Pick<Origin, "hostname" | "port">;

/** Returns the route for plain HTTP that the proxy forwards: it reads the request and needs the full URL. */
export function forwardedRoute(
  origin: Origin,
  proxy: ProxyServer,
  tls: TlsOptions,
  agent: http.Agent | undefined,
): Route {
  const { hostname, port } = origin;
  return {
    options: {
      protocol: proxy.secure ? "https:" : "http:",
      agent: agent ?? false,
      ...proxyOptions(proxy, tls),
    },
    targetPrefix: `http://${bracketed(hostname)}${port === 80 ? "" : `:${port}`}`,
    headers: proxyHeaders(proxy),
  };
}

/** Creates an agent whose connections go through a proxy. */
export function createTunnelAgent(
  protocol: Origin["protocol"],
  proxy: ProxyServer,
  tls: TlsOptions,
  keepAlive: boolean,
): http.Agent {
  const secure = protocol === "https:";
  const agent = new (secure ? https : http).Agent({ keepAlive });
  agent.createConnection = (options: https.RequestOptions & TunnelRequest, callback) => {
    const place = { hostname: options.host ?? "", port: Number(options.port) };
    const { givenUp = new AbortController().signal } = options;
    openTunnel(place, proxy, tls, givenUp).then(
      // Host name and trust are those of the request; the tunnel only transports bytes.
      (socket) => callback?.(null, secure ? connectTls({ ...options, path: undefined, socket } as never) : socket),
      (error: Error) => callback?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

/**
 * Opens a connection through the proxy.
 *
 * @param tls Trust in the proxy itself, if it uses TLS.
 */
export async function openTunnel(
  place: Place,
  proxy: ProxyServer,
  tls: TlsOptions | undefined,
  givenUp: AbortSignal,
): Promise<Socket> {
  givenUp.throwIfAborted();
  if (proxy.kind === "http") return openConnect(place, proxy, tls, givenUp);
  const { openSocks } = await import("./socks.js");
  return openSocks(place, proxy, givenUp);
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 */
function openConnect(
  place: Place,
  proxy: ProxyServer,
  tls: TlsOptions | undefined,
  givenUp: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = place;
  const target = `${bracketed(hostname)}:${port}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.secure ? https : http).request({
      ...proxyOptions(proxy, tls),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...Object.fromEntries(proxyHeaders(proxy)) },
      agent: false,
    });
    const abort = () => request.destroy(givenUp.reason as Error);
    givenUp.addEventListener("abort", abort, { once: true });
    request.once("close", () => givenUp.removeEventListener("abort", abort));
    request.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      // From here on, the tunnel belongs to the request, and an agent may keep it longer.
      givenUp.removeEventListener("abort", abort);
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return reject(proxyRefusal(place, proxy, `HTTP ${statusCode}`, statusCode === 407));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code?.startsWith("HPE_") === true ? strangeProxy(proxy, "HTTP") : error),
    );
    request.end();
  });
}

/** Returns the options to connect to the proxy itself. */
function proxyOptions({ hostname, port, secure }: ProxyServer, tls: TlsOptions | undefined): https.RequestOptions {
  return {
    host: hostname,
    port,
    ...(secure ? { ...tls, servername: isIP(hostname) === 0 ? hostname : "", ...identityOf(hostname) } : {}),
  };
}

/** Returns headers only for the proxy. */
function proxyHeaders({ login }: ProxyServer): readonly (readonly [string, string])[] {
  if (login === undefined) return [];
  const pair = Buffer.from(`${login.user}:${login.password}`).toString("base64");
  return [["proxy-authorization", `Basic ${pair}`]];
}
