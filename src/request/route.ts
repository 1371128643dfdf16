import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { RequestOptions } from "node:https";
import { checkServerIdentity, rootCertificates } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { readSystemRoots } from "../aws/http/system-roots.js";
import { UsageError } from "../errors.js";
import { originOf } from "./target.js";
import type { RequestTarget } from "./target.js";

/** How hosts are reached: trust, proxy and patience. */
export interface RouteOptions {
  /** Skips the check of the server's certificate. */
  readonly insecure: boolean;
  /** PEM roots that replace the built-in ones. */
  readonly ca: string | undefined;
  /** Overrides the environment's proxies; an empty text means none. */
  readonly proxy: string | undefined;
  readonly connectTimeoutMs: number;
}

type TlsOptions = Pick<RequestOptions, "rejectUnauthorized"> & Pick<SecureContextOptions, "ca" | "minVersion">;

/** What `node:http` or `node:https` is told of one origin. */
export interface Route {
  readonly options: RequestOptions;
  /** Precedes the target on the request line when a proxy forwards plain HTTP. */
  readonly targetPrefix: string;
  /** The proxy, for people. */
  readonly via: string | undefined;
}

export async function findRoute(target: RequestTarget, options: RouteOptions): Promise<Route> {
  const proxyText = options.proxy ?? (await proxyFromEnvironment(target));
  const tls: TlsOptions = {
    rejectUnauthorized: !options.insecure,
    minVersion: "TLSv1.2",
    // The runtime's own roots do not know what an administrator added to the system's.
    ...(target.scheme === "http" ? {} : { ca: options.ca ?? [...rootCertificates, ...(readSystemRoots() ?? [])] }),
  };
  const host = { host: target.hostname, port: target.port };
  if (proxyText === "") {
    const agent = target.scheme === "https" ? new HttpsAgent(tls) : new HttpAgent();
    return { options: { ...host, agent, ...tls }, targetPrefix: "", via: undefined };
  }
  const proxy = parseProxy(proxyText);
  if (target.scheme === "http") {
    const authorization = proxyAuthorization(proxy);
    return {
      options: {
        host: proxy.hostname,
        port: Number(proxy.port === "" ? 80 : proxy.port),
        agent: new HttpAgent(),
        ...(authorization === undefined ? {} : { headers: { "proxy-authorization": authorization } }),
      },
      targetPrefix: originOf(target),
      via: proxy.host,
    };
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return {
    options: {
      ...host,
      agent: new HttpsProxyAgent(proxy, tls),
      ...tls,
      // The tunnel forgets the host of an address without a name.
      checkServerIdentity: (_, certificate) => checkServerIdentity(target.hostname, certificate),
    },
    targetPrefix: "",
    via: proxy.host,
  };
}

async function proxyFromEnvironment(target: RequestTarget): Promise<string> {
  const { getProxyForUrl } = await import("proxy-from-env");
  return getProxyForUrl(`${originOf(target)}/`);
}

function parseProxy(text: string): URL {
  const full = text.includes("://") ? text : `http://${text}`;
  if (URL.canParse(full)) {
    const url = new URL(full);
    if (url.protocol === "http:") return url;
  }
  throw new UsageError(
    "ERR_ARGUMENT",
    `expected an HTTP proxy such as http://HOST:PORT, found "${redactUserInfo(text)}"`,
    {
      hints: ["give it with --proxy, or in HTTPS_PROXY; --proxy '' goes without"],
    },
  );
}

function redactUserInfo(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//***@");
}

function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
