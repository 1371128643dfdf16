import { isIP } from "node:net";
import type { Refusal } from "./refusal.js";
import type { RequestHeaders } from "./request-headers.js";

/** The parts of a request that are checked before routing. */
export interface GuardedRequest {
  readonly headers: RequestHeaders;
  /** The request target as sent. */
  readonly target: string;
  /** Port of the accepting socket; undefined for a unix socket, which no browser can reach. */
  readonly localPort: number | undefined;
}

export interface HostRules {
  /** Further `Host` values to accept, lower case, with or without a port. */
  readonly allowedHosts: readonly string[];
  /** Whether `Host` must have the server's own port: true without a port mapping. */
  readonly ownPortOnly: boolean;
  /** The port that clients omit from `Host`: 443 over TLS, else 80. */
  readonly defaultPort: 80 | 443;
}

/** Headers that proxies add. A request through a proxy can come from anyone. */
const proxyHeaders = ["x-forwarded-for", "forwarded", "via"] as const;

/**
 * Refuses requests that no AWS SDK sends but a web page or a misconfigured proxy might. DNS rebinding shows as a foreign
 * name in `Host`, a script as `Origin` or `Sec-Fetch-Site`, a proxy as `X-Forwarded-For`, `Forwarded` or `Via`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export function findRefusal({ headers, target, localPort }: GuardedRequest, rules: HostRules): Refusal | undefined {
  if (!target.startsWith("/")) return { status: 400, message: "the request target is not a path" };
  const forwarded = proxyHeaders.find((name) => headers.has(name));
  if (forwarded !== undefined) {
    return { status: 400, message: `requests through a proxy are refused: this one has the header ${forwarded}` };
  }
  if (headers.has("origin") || !["none", undefined].includes(headers.get("sec-fetch-site"))) {
    return { status: 403, message: "requests from web pages are refused" };
  }
  if (headers.has("transfer-encoding") || !["0", undefined].includes(headers.get("content-length"))) {
    return { status: 413, message: "no request here has a body" };
  }
  if (localPort !== undefined && !acceptsHost(headers.get("host"), localPort, rules)) {
    const host = headers.get("host");
    return { status: 403, message: "the Host header names neither this machine nor an allowed host", host };
  }
  return undefined;
}

/** A name, an IPv4 address or an IPv6 address in brackets (some clients send its zone along), then a port. */
const hostPattern = /^(?:\[([0-9a-f:.]+)(?:%[\w.~%-]+)?\]|([^:[\]]+))(?::(\d{1,5}))?$/;

function acceptsHost(header: string | undefined, localPort: number, rules: HostRules): boolean {
  if (header === undefined) return false;
  const text = header.toLowerCase();
  const match = hostPattern.exec(text);
  if (match === null) return false;
  const [, bracketed, plain, port] = match;
  const host = bracketed === undefined ? plain : `[${bracketed}]`;
  if (rules.allowedHosts.some((allowed) => allowed === text || allowed === host)) return true;
  const isAddress = bracketed === undefined ? isIP(plain ?? "") === 4 : isIP(bracketed) === 6;
  if (!isAddress && host !== "localhost") return false;
  return !rules.ownPortOnly || Number(port ?? rules.defaultPort) === localPort;
}
