import type { Agent } from "node:http";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { PeerCertificate } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { UsageError } from "../../errors.js";
import type { HttpRequest } from "./exchange.js";

/** Trust in the server behind the tunnel, and in the proxy itself where it speaks TLS. */
export interface ProxyTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string[];
}

/**
 * An agent that tunnels through the proxy for this request; undefined where none applies.
 *
 * @param given URL of the proxy, empty for none; default: as the environment names it.
 */
export function createProxyAgent(
  request: Pick<HttpRequest, "protocol" | "hostname" | "port">,
  tls: ProxyTls,
  given?: string,
): Agent | undefined {
  const proxy = given ?? findProxy(request);
  if (proxy === "") return undefined;
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol)) {
    const whose = given === undefined ? "the proxy that the environment names" : "the proxy that was given";
    throw new UsageError("ERR_SETTING", `${whose} is no http:// or https:// URL`, {
      hints: ["set HTTPS_PROXY to http://host:port, or list the endpoint in NO_PROXY"],
    });
  }
  const agent = new HttpsProxyAgent(proxy, { ...tls, minVersion: "TLSv1.2" });
  // The constructor's options are for the proxy itself; those of the agent reach the server behind the tunnel.
  Object.assign(agent.options, tls, {
    minVersion: "TLSv1.2",
    // The tunnel forgets the host of an address without a name. A client of S3 goes on to hosts named for buckets.
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      checkServerIdentity(isIP(request.hostname) === 0 ? host : request.hostname, certificate),
  });
  return agent;
}

/** The proxy's URL that the environment names for a request, by the rules of `NO_PROXY`; empty for none. */
export function findProxy({ protocol, hostname, port }: Pick<HttpRequest, "protocol" | "hostname" | "port">): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return getProxyForUrl(`${protocol}//${host}:${port}/`);
}
