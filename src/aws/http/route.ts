import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Origin } from "./exchange.js";
import type { HeaderFields } from "./header-fields.js";
import type { HttpProxy } from "./proxy.js";
import type { TlsOptions } from "./trust.js";

/** How one request reaches its host. */
export interface Route {
  readonly options: RequestOptions;
  /** Precedes the target on the request line when a proxy forwards plain HTTP. */
  readonly targetPrefix: string;
  /** Fields for the proxy itself. */
  readonly headers: HeaderFields;
}

/** @param agent Keeps connections; undefined for a connection of its own. */
export function directRoute(origin: Origin, tls: TlsOptions, agent: Agent | undefined): Route {
  return {
    options: { ...placeOf(origin), agent: agent ?? false, ...tlsOf(origin, tls) },
    targetPrefix: "",
    headers: [],
  };
}

/** Plain HTTP that the proxy forwards: it reads the request, its URL in full. */
export function forwardedRoute(origin: Origin, proxy: HttpProxy, tls: TlsOptions, agent: Agent | undefined): Route {
  const { hostname, port } = origin;
  const { url } = proxy;
  const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const authorization = proxyAuthorization(url);
  const secure = url.protocol === "https:";
  return {
    options: {
      protocol: url.protocol,
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(url.port === "" ? (secure ? 443 : 80) : url.port),
      agent: agent ?? false,
      ...(secure ? tls : {}),
    },
    targetPrefix: `http://${host}${port === 80 ? "" : `:${port}`}`,
    headers: authorization === undefined ? [] : [["proxy-authorization", authorization]],
  };
}

/** HTTPS through a tunnel: the proxy sees the host's name and ciphertext. */
export function tunnelledRoute(origin: Origin, tls: TlsOptions, agent: Agent): Route {
  return {
    options: { ...placeOf(origin), agent, ...tlsOf(origin, tls) },
    targetPrefix: "",
    headers: [],
  };
}

function placeOf({ hostname, port, dial }: Origin): RequestOptions {
  if (dial === undefined) return { host: hostname, port };
  return "socketPath" in dial ? dial : { host: dial.hostname, port: dial.port };
}

/** An address has no name to send, and its certificate is held against the address. */
function tlsOf({ protocol, hostname: given, dial }: Origin, tls: TlsOptions): RequestOptions {
  if (protocol === "http:") return {};
  // A name may end in the root's dot; certificates and servers know it without.
  const hostname = given.replace(/\.$/, "");
  const identity =
    dial === undefined && hostname === given ? identityOf(hostname) : { checkServerIdentity: identify(hostname) };
  return { ...tls, servername: isIP(hostname) === 0 ? hostname : "", ...identity };
}

/** A tunnel forgets the host of an address without a name. */
function identityOf(hostname: string): RequestOptions {
  if (isIP(hostname) === 0) return {};
  return { checkServerIdentity: identify(hostname) };
}

function identify(hostname: string): NonNullable<RequestOptions["checkServerIdentity"]> {
  return (_host, certificate) => checkServerIdentity(hostname, certificate);
}

function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
