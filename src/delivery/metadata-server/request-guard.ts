import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** What the guard looks at in a request, before any route. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The request target as sent. */
  readonly target: string;
  /** Port of the accepting socket; undefined for a unix socket, which no browser can reach. */
  readonly localPort: number | undefined;
}

export interface HostRules {
  /** Further `Host` values to accept, lower case, with or without a port. */
  readonly allowedHosts: readonly string[];
  /** Whether `Host` must carry our own port: true where no port mapping stands between. */
  readonly ownPortOnly: boolean;
}

export interface Refusal {
  readonly status: 400 | 403 | 413;
  readonly message: string;
}

/**
 * Refuses what no AWS SDK sends and a web page or a misled proxy might: DNS rebinding shows as a foreign name in `Host`, a
 * page's script as `Origin` or `Sec-Fetch-Site`, a proxy as `X-Forwarded-For`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export function findRefusal(request: GuardedRequest, rules: HostRules): Refusal | undefined {
  const { headers } = request;
  if (!request.target.startsWith("/")) return { status: 400, message: "the request target is no path" };
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined) {
    return { status: 400, message: "unable to process requests with X-Forwarded-For header" };
  }
  if (headers.origin !== undefined || !["none", undefined].includes(headers["sec-fetch-site"])) {
    return { status: 403, message: "requests from web pages are refused" };
  }
  if (headers["transfer-encoding"] !== undefined || !["0", undefined].includes(headers["content-length"])) {
    return { status: 413, message: "no request here has a body" };
  }
  if (request.localPort !== undefined && !acceptsHost(headers.host, request.localPort, rules)) {
    return { status: 403, message: "the Host header names neither this machine nor an allowed host" };
  }
  return undefined;
}

function acceptsHost(header: string | undefined, localPort: number, rules: HostRules): boolean {
  if (header === undefined) return false;
  const text = header.toLowerCase();
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const [, host = "", port] = match ?? [];
  if (rules.allowedHosts.includes(text) || rules.allowedHosts.includes(host)) return host !== "";
  const literal = host.startsWith("[") ? host.slice(1, -1) : host;
  if (host !== "localhost" && isIP(literal) === 0) return false;
  return !rules.ownPortOnly || Number(port ?? 80) === localPort;
}
