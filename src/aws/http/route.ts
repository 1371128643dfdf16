import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Origin } from "./exchange.js";
import type { HeaderFields } from "./header-fields.js";
import type { TlsOptions } from "./trust.js";

/** What a request tells its agent besides where it goes. */
export interface TunnelRequest {
  /** Aborts when the request is over; a tunnel that is not there yet is given up, for it would keep the process. */
  readonly givenUp?: AbortSignal | undefined;
}

/** How one request reaches its host. */
export interface Route {
  readonly options: RequestOptions & TunnelRequest;
  /** Precedes the target on the request line when a proxy forwards plain HTTP. */
  readonly targetPrefix: string;
  /** Fields for the proxy itself. */
  readonly headers: HeaderFields;
}

/**
 * To the host itself, or through the tunnel of an agent: of HTTPS its proxy sees the host's name and ciphertext.
 *
 * @param agent Keeps connections, or leads them through a tunnel; undefined for a connection of its own.
 */
export function directRoute(origin: Origin, tls: TlsOptions, agent: Agent | undefined): Route {
  return {
    options: { ...placeOf(origin), agent: agent ?? false, ...tlsOf(origin, tls) },
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
export function identityOf(hostname: string): RequestOptions {
  if (isIP(hostname) === 0) return {};
  return { checkServerIdentity: identify(hostname) };
}

function identify(hostname: string): NonNullable<RequestOptions["checkServerIdentity"]> {
  return (_host, certificate) => checkServerIdentity(hostname, certificate);
}
