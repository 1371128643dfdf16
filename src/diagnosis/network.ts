import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Endpoint } from "../aws/endpoint.js";
import type { HttpRequest, Send } from "../aws/http/exchange.js";
import { bracketed } from "../aws/http/host-name.js";
import type { ProxyServer } from "../aws/http/proxy.js";
import { RolesAnywhereError, systemCode } from "../errors.js";
import type { Finding } from "./finding.js";
import { fail, pass, warn } from "./finding.js";

/** Where the first connection goes: the endpoint itself, or the proxy in front of it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly proxied: boolean;
}

const timeoutMs = 10_000;

export function describeProxy(proxy: ProxyServer | undefined): {
  readonly finding: Finding;
  readonly target: Target | undefined;
} {
  if (proxy === undefined)
    return { finding: pass("PROXY", "proxy", "none applies to this endpoint"), target: undefined };
  const { kind, secure, hostname, port } = proxy;
  const scheme = kind === "socks" ? "socks5" : secure ? "https" : "http";
  return {
    finding: pass("PROXY", "proxy", `${scheme}://${bracketed(hostname)}:${port}, by the environment`),
    target: { host: hostname, port, proxied: true },
  };
}

export async function checkNameResolution({ host }: Target): Promise<Finding> {
  try {
    const found = await lookup(host, { all: true });
    return pass(
      "NAME_RESOLUTION",
      host,
      found
        .map(({ address }) => address)
        .slice(0, 4)
        .join(", "),
    );
  } catch (error) {
    return fail(
      "NAME_RESOLUTION",
      host,
      `cannot be resolved (${systemCode(error)})`,
      "check the region, the endpoint and the name server of this machine",
    );
  }
}

export function checkConnection({ host, port, proxied }: Target): Promise<Finding> {
  const subject = `${host}:${port}`;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const done = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    const failed = (reason: string) =>
      done(
        fail(
          "CONNECTION",
          subject,
          reason,
          proxied
            ? "check the proxy that HTTPS_PROXY names"
            : "check the endpoint, the firewall, and whether a proxy is needed here (HTTPS_PROXY)",
        ),
      );
    socket.once("connect", () =>
      done(
        pass(
          "CONNECTION",
          subject,
          `${proxied ? "proxy reached" : "connected"} in ${Math.round(performance.now() - startedMs)} ms`,
        ),
      ),
    );
    socket.once("timeout", () => failed(`no connection within ${timeoutMs / 1000} s`));
    socket.once("error", (error) => failed(`cannot connect (${systemCode(error)})`));
  });
}

/** Authorities that AWS's own endpoints are known to use; another one means that somebody stands between. */
const knownIssuers = /Amazon|Starfield|DigiCert/i;

/** TLS version and issuer of the endpoint, read without judging its trust, which the sender does. */
export function inspectTls(
  endpoint: Endpoint,
): Promise<{ readonly protocol: string; readonly issuer: string } | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = endpoint;
    const socket = connectTls({
      host: hostname,
      port,
      rejectUnauthorized: false,
      timeout: timeoutMs,
      ...(/^[\d.:]+$/.test(hostname) ? {} : { servername: hostname }),
    });
    const done = (found: { readonly protocol: string; readonly issuer: string } | undefined) => {
      socket.destroy();
      resolve(found);
    };
    socket.once("secureConnect", () => {
      const { issuer } = socket.getPeerCertificate();
      const name = [issuer?.O, issuer?.CN].filter((part) => part !== undefined && part !== "").join(", ");
      done({ protocol: socket.getProtocol() ?? "unknown", issuer: name });
    });
    socket.once("timeout", () => done(undefined));
    socket.once("error", () => done(undefined));
  });
}

export interface Probe {
  readonly findings: readonly Finding[];
  /** How far the server's clock is ahead, in milliseconds. */
  readonly skewMs: number | undefined;
}

/** One unsigned GET: tells whether TLS is trusted, how long an exchange takes and what the server's clock says. */
export async function probeEndpoint(endpoint: Endpoint, send: Send, proxied: boolean, now: () => Date): Promise<Probe> {
  const secure = endpoint.protocol === "https:";
  const details = secure && !proxied ? await inspectTls(endpoint) : undefined;
  const startedMs = now().getTime();
  try {
    const { headers } = await send(getRequest(endpoint), AbortSignal.timeout(20_000));
    const endedMs = now().getTime();
    const serverMs = Date.parse(headers["date"] ?? "");
    // The Date header counts whole seconds: half a second is the best guess at the rest.
    const skewMs = Number.isFinite(serverMs) ? serverMs + 500 - (startedMs + endedMs) / 2 : undefined;
    return {
      findings: [describeTls(endpoint, details, `answer in ${endedMs - startedMs} ms`), checkClock(skewMs)],
      skewMs,
    };
  } catch (error) {
    const message = error instanceof RolesAnywhereError ? error.message : "the exchange failed";
    const hint = error instanceof RolesAnywhereError ? (error.hints[0] ?? "") : "check the network path";
    const issuer = details === undefined ? "" : ` (issued by ${details.issuer})`;
    return { findings: [fail("TLS", endpoint.host, `${message}${issuer}`, hint)], skewMs: undefined };
  }
}

function describeTls(
  endpoint: Endpoint,
  details: { readonly protocol: string; readonly issuer: string } | undefined,
  timing: string,
): Finding {
  if (endpoint.protocol === "http:")
    return warn(
      "TLS",
      endpoint.host,
      `plain HTTP; ${timing}`,
      "fine for a local emulator; AWS itself is reached by https://",
    );
  if (details === undefined) return pass("TLS", endpoint.host, `trusted, through the proxy; ${timing}`);
  const told = `${details.protocol}, issued by ${details.issuer}; ${timing}`;
  const isAws = /\.(amazonaws\.(com|com\.cn|eu)|api\.aws)$/.test(endpoint.hostname);
  if (isAws && !knownIssuers.test(details.issuer)) {
    return warn(
      "TLS",
      endpoint.host,
      `${told}: somebody between here and AWS opens the connection`,
      `"${details.issuer}" is the name of that proxy's authority; have this host excepted if the session fails`,
    );
  }
  return pass("TLS", endpoint.host, told);
}

function checkClock(skewMs: number | undefined): Finding {
  if (skewMs === undefined) return pass("CLOCK", "clock of this machine", "the server told no time");
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const told =
    seconds <= 1 ? "agrees with the server's" : `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the server's`;
  if (seconds > 300)
    return fail(
      "CLOCK",
      "clock of this machine",
      told,
      "set the clock, for example by NTP: AWS refuses signatures more than five minutes off",
    );
  if (seconds > 60) return warn("CLOCK", "clock of this machine", told, "set the clock, for example by NTP");
  return pass("CLOCK", "clock of this machine", told);
}

function getRequest({ protocol, hostname, port, host, pathPrefix }: Endpoint): HttpRequest {
  return {
    protocol,
    hostname,
    port,
    method: "GET",
    target: `${pathPrefix}/`,
    headers: [["host", host]],
    body: undefined,
  };
}
