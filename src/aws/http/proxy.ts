import { BlockList, isIP } from "node:net";
import { quoteValue } from "../inline-value.js";
import { UsageError } from "../../errors.js";
import type { Origin } from "./exchange.js";
import { unbracketed } from "./host-name.js";
import type { ProxySettings } from "./proxy-settings.js";

/** A proxy that applies to a request. */
export interface ProxyServer {
  /** `socks` tunnels any bytes; `http` tunnels TLS and forwards plain HTTP. */
  readonly kind: "http" | "socks";
  /** Whether the connection to the proxy itself uses TLS. */
  readonly secure: boolean;
  /** Without brackets for IPv6. */
  readonly hostname: string;
  readonly port: number;
  readonly login: ProxyLogin | undefined;
  /** For messages, without user name and password. */
  readonly name: string;
}

/** Decoded user name and password. */
export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

const schemes = {
  "http:": { kind: "http", secure: false, port: 80 },
  "https:": { kind: "http", secure: true, port: 443 },
  "socks5:": { kind: "socks", secure: false, port: 1080 },
  "socks5h:": { kind: "socks", secure: false, port: 1080 },
} as const;

/**
 * Finds the proxy for a request: the given one, else `HTTPS_PROXY` or `HTTP_PROXY` by the request's scheme, else
 * `ALL_PROXY`. Loopback addresses and hosts in `NO_PROXY` bypass the proxies of the environment, as in Go and curl.
 * Variables in lower case take precedence. A proxy without a scheme is an HTTP proxy.
 *
 * @throws UsageError `ERR_SETTING` for a proxy of another kind
 */
export function findProxy(origin: Origin, { variables, proxy }: ProxySettings): ProxyServer | undefined {
  if (proxy !== undefined) return proxy === "" ? undefined : parseProxy(proxy, "the proxy that was given");
  const named = [`${origin.protocol.slice(0, -1)}_proxy`, "all_proxy"]
    .map((name) => ({ name: name.toUpperCase(), value: readVariable(variables, name) }))
    .find(({ value }) => value !== "");
  if (named === undefined || isLoopback(origin.hostname)) return undefined;
  if (isExcluded(origin, readVariable(variables, "no_proxy"))) return undefined;
  return parseProxy(named.value, `the proxy that the environment names (${named.name})`);
}

function readVariable(variables: ProxySettings["variables"], name: string): string {
  return (
    [variables[name], variables[name.toUpperCase()]].find((value) => value !== undefined && value !== "") ?? ""
  ).trim();
}

function parseProxy(text: string, name: string): ProxyServer {
  const full = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const scheme = Object.entries(schemes).find(([protocol]) => protocol === url?.protocol)?.[1];
  if (url === undefined || scheme === undefined || url.hostname === "") throw refuse(full, name);
  return {
    kind: scheme.kind,
    secure: scheme.secure,
    hostname: unbracketed(url.hostname),
    port: url.port === "" ? scheme.port : Number(url.port),
    login: parseLogin(url),
    name,
  };
}

function parseLogin({ username, password }: URL): ProxyLogin | undefined {
  return username === "" && password === "" ? undefined : { user: decode(username), password: decode(password) };
}

/** A `%` without hex digits is a literal. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuse(full: string, name: string): UsageError {
  const found = full.replace(/\/\/.*@/s, "//***@");
  return new UsageError("ERR_SETTING", `${name} is not a supported proxy, found ${quoteValue(found)}`, {
    hints: ["write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, or list the endpoint's host in NO_PROXY"],
  });
}

function isLoopback(hostname: string): boolean {
  return hostname.toLowerCase() === "localhost" || isWithin(hostname, "127.0.0.0", 8) || isWithin(hostname, "::1", 128);
}

/**
 * Evaluates `NO_PROXY`: `*`, or entries separated by commas or blanks. A name matches itself and its subdomains; with a
 * leading dot or `*.` only the subdomains. An address matches itself, a network in CIDR form its addresses. Names and
 * addresses may have a port.
 */
function isExcluded(origin: Origin, list: string): boolean {
  const entries = list.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== "" && (entry === "*" || matches(entry, origin)));
}

function matches(entry: string, { hostname, port }: Origin): boolean {
  const network = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry);
  if (network !== null) return isWithin(hostname, network[1] ?? "", Number(network[2]));
  const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && Number(only) !== port) return false;
  const host = hostname.toLowerCase();
  const wanted = unbracketed(name).replace(/^\*(?=\.)/, "");
  if (isIP(wanted) !== 0) return isWithin(host, wanted, isIP(wanted) === 4 ? 32 : 128);
  if (isIP(host) !== 0) return false;
  if (wanted.startsWith(".")) return host.endsWith(wanted);
  return host === wanted || host.endsWith(`.${wanted}`);
}

function isWithin(hostname: string, network: string, bits: number): boolean {
  const version = isIP(network);
  if (version === 0 || version !== isIP(hostname) || bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(hostname, family);
}
