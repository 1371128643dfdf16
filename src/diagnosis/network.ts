import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Endpoint } from "../aws/endpoint.js";
import type { ExchangeTimeouts, HttpRequest, Send } from "../aws/http/exchange.js";
import { bracketed } from "../aws/http/host-name.js";
import type { ProxyServer } from "../aws/http/proxy.js";
import { RolesAnywhereError, systemCode } from "../errors.js";
import type { Finding } from "./finding.js";
import { fail, failBy, pass, warn } from "./finding.js";
import { monotonicMs } from "../aws/monotonic.js";

/** Target of the first connection: the endpoint, or the proxy in front of it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly proxied: boolean;
}

const timeoutMs = 10_000;
const connectHint = "check the endpoint, the firewall, and whether a proxy is needed here (HTTPS_PROXY)";

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
  const startedMs = monotonicMs();
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const done = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    const failed = (reason: string, hint: string) =>
      done(fail("CONNECTION", subject, reason, proxied ? "check the proxy that HTTPS_PROXY names" : hint));
    socket.once("connect", () =>
      done(
        pass(
          "CONNECTION",
          subject,
          `${proxied ? "proxy reached" : "connected"} in ${Math.round(monotonicMs() - startedMs)} ms`,
        ),
      ),
    );
    socket.once("timeout", () =>
      failed(
        `no connection within ${timeoutMs / 1000} s`,
        "a firewall may drop the packets: check it, and whether a proxy is needed here (HTTPS_PROXY)",
      ),
    );
    socket.once("error", (error) => {
      const code = systemCode(error);
      if (code === "ECONNREFUSED")
        failed(
          "connection refused: no program listens there, or a firewall refuses",
          "check host and port of the endpoint, then the firewall",
        );
      else failed(`cannot connect (${code})`, connectHint);
    });
  });
}

/** Known authorities of AWS endpoints. Another one means that a proxy intercepts the connection. */
const knownIssuers = /Amazon|Starfield|DigiCert/i;

interface Peer {
  readonly protocol: string;
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/** Reads the endpoint's certificate, trusted or not. Sends no request. */
async function inspectTls(endpoint: Endpoint, proxy: ProxyServer | undefined): Promise<Peer | undefined> {
  const { hostname, port } = endpoint;
  const signal = AbortSignal.timeout(probeTimeouts.connectMs);
  // The login of a TLS proxy must only reach a trusted proxy, and this handshake does not verify trust.
  if (proxy?.secure === true) return undefined;
  try {
    const { openTunnel } = await import("../aws/http/tunnel.js");
    const wire =
      proxy === undefined
        ? { host: hostname, port }
        : { socket: await openTunnel({ hostname, port }, proxy, undefined, signal) };
    return await shakeHands(connectTls({ ...wire, rejectUnauthorized: false, ...serverName(hostname) }), signal);
  } catch {
    return undefined;
  }
}

function serverName(hostname: string): { readonly servername?: string } {
  return /^[\d.:]+$/.test(hostname) ? {} : { servername: hostname };
}

async function shakeHands(socket: TLSSocket, signal: AbortSignal): Promise<Peer> {
  try {
    await once(socket, "secureConnect", { signal });
    const { issuer, valid_from: from, valid_to: until } = socket.getPeerCertificate();
    const name = [issuer?.O, issuer?.CN].filter((part) => part !== undefined && part !== "").join(", ");
    const protocol = socket.getProtocol() ?? "unknown";
    return { protocol, issuer: name, validFrom: new Date(from), validUntil: new Date(until) };
  } finally {
    // Late errors of an abandoned connection are ignored.
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

export interface Probe {
  readonly findings: readonly Finding[];
  /** How far the server's clock is ahead, in milliseconds; undefined if unknown. */
  readonly skewMs: number | undefined;
}

/** Time limits of the unsigned request. */
export const probeTimeouts: ExchangeTimeouts = { connectMs: 5_000, firstByteMs: 10_000, overallMs: 20_000 };

/** Sends one unsigned GET, to check that TLS is trusted, and to measure the response time and the server's clock. */
export async function probeEndpoint(
  endpoint: Endpoint,
  send: Send,
  proxy: ProxyServer | undefined,
  now: () => Date,
): Promise<Probe> {
  const inspected = endpoint.protocol === "https:" ? inspectTls(endpoint, proxy) : Promise.resolve(undefined);
  const startedMs = now().getTime();
  try {
    const { headers } = await send(getRequest(endpoint), AbortSignal.timeout(probeTimeouts.overallMs));
    const endedMs = now().getTime();
    const serverMs = Date.parse(headers["date"] ?? "");
    // The Date header has whole seconds, so half a second is added as the best estimate.
    const skewMs = Number.isFinite(serverMs) ? serverMs + 500 - (startedMs + endedMs) / 2 : undefined;
    const timing = `answer in ${endedMs - startedMs} ms`;
    return { findings: [describeTls(endpoint, await inspected, timing), checkClock(skewMs)], skewMs };
  } catch (error) {
    return { findings: [describeRefusal(endpoint, error, await inspected, now())], skewMs: undefined };
  }
}

function describeRefusal(endpoint: Endpoint, error: unknown, peer: Peer | undefined, now: Date): Finding {
  const subject = endpoint.host;
  if (!(error instanceof RolesAnywhereError))
    return fail("TLS", subject, "connected, but the exchange failed", "check the network path");
  if (error.code === "ERR_TIMEOUT") {
    const message = "connected, but the server stays silent";
    const hint = "a firewall or a proxy may hold the connection: try another network, or name the proxy in HTTPS_PROXY";
    return { ...fail("TLS", subject, message, hint), error: error.code };
  }
  if (peer === undefined || error.code !== "ERR_TLS") return failBy("TLS", subject, error);
  const issued = `${error.message} (issued by ${peer.issuer})`;
  if (now < peer.validFrom || now > peer.validUntil) {
    const time = (date: Date) => date.toISOString().replace(/\.\d+Z$/, "Z");
    const message = `${issued}; it is valid from ${time(peer.validFrom)} until ${time(peer.validUntil)}, and this machine's clock says ${time(now)}`;
    return { ...fail("TLS", subject, message, "set the clock of this machine, for example by NTP"), error: error.code };
  }
  const hint = error.hints.join("; or ");
  if (!isIntercepted(endpoint, peer)) return { ...fail("TLS", subject, issued, hint), error: error.code };
  return { ...fail("TLS", subject, `${issued}: another server opens the connection to AWS`, hint), error: error.code };
}

function isIntercepted({ hostname }: Endpoint, { issuer }: Peer): boolean {
  return /\.(amazonaws\.(com|com\.cn|eu)|api\.aws)$/.test(hostname) && !knownIssuers.test(issuer);
}

function describeTls(endpoint: Endpoint, peer: Peer | undefined, timing: string): Finding {
  if (endpoint.protocol === "http:")
    return warn(
      "TLS",
      endpoint.host,
      `plain HTTP; ${timing}`,
      "fine for a local emulator; AWS itself is reached by https://",
    );
  if (peer === undefined) return pass("TLS", endpoint.host, `trusted, through the proxy; ${timing}`);
  const found = `${peer.protocol}, issued by ${peer.issuer}; ${timing}`;
  if (!isIntercepted(endpoint, peer)) return pass("TLS", endpoint.host, found);
  return warn(
    "TLS",
    endpoint.host,
    `${found}: a proxy between here and AWS opens the connection`,
    `"${peer.issuer}" is the name of its authority; have it pass ${endpoint.hostname} through if the session fails`,
  );
}

function checkClock(skewMs: number | undefined): Finding {
  if (skewMs === undefined) return pass("CLOCK", "clock of this machine", "the server sends no time");
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
