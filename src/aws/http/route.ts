import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Origin } from "./exchange.js";
import type { HeaderFields } from "./header-fields.js";
import type { TlsOptions } from "./trust.js";

/** What a request passes to its agent besides the destination. */
export interface TunnelRequest {
  /** Aborts when the request is over. A tunnel that is still being opened is cancelled, or it would block the exit. */
  readonly givenUp?: AbortSignal | undefined;
}

/** How to reach the host of one request. */
export interface Route {
  readonly options: RequestOptions & TunnelRequest;
  /** Precedes the target on the request line if a proxy forwards plain HTTP. */
  readonly targetPrefix: string;
  /** Headers for the proxy itself. */
  readonly headers: HeaderFields;
}

/**
 * Connects to the host itself, or through an agent's tunnel, whose proxy sees only the host's name and ciphertext.
 *
 * @param agent Keeps connections alive, or opens tunnels; undefined for a connection per request.
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

/** For an IP address, sends no server name and verifies the certificate against the address. */
function tlsOf({ protocol, hostname: given, dial }: Origin, tls: TlsOptions): RequestOptions {
  if (protocol === "http:") return {};
  // A host name may end in a dot; certificates and servers use it without.
  const hostname = given.replace(/\.$/, "");
  const identity =
    dial === undefined && hostname === given ? identityOf(hostname) : { checkServerIdentity: identify(hostname) };
  return { ...tls, servername: isIP(hostname) === 0 ? hostname : "", ...identity };
}

/** In a tunnel, Node.js does not know the host of an IP address, so its certificate is verified here. */
export function identityOf(hostname: string): RequestOptions {
  if (isIP(hostname) === 0) return {};
  return { checkServerIdentity: identify(hostname) };
}

function identify(hostname: string): NonNullable<RequestOptions["checkServerIdentity"]> {
  return (_host, certificate) => checkServerIdentity(hostname, certificate);
}
