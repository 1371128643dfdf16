import { quoteValue } from "../inline-value.js";
import { UsageError } from "../../errors.js";
import type { Origin } from "./exchange.js";

export interface ProxySettings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** URL of the proxy, empty for none; default: as the environment names it. */
  readonly proxy?: string | undefined;
}

/** A proxy that applies to a request. */
export interface HttpProxy {
  /** `http:` or `https:`, with its port, user name and password. */
  readonly url: URL;
  /** As a message names it, without user name and password. */
  readonly name: string;
}

/**
 * The proxy for a request: the one that was given, else `HTTPS_PROXY` or `HTTP_PROXY` by the request's scheme, else
 * `ALL_PROXY`, unless `NO_PROXY` lists the host. Variables count in lower case first. A proxy without a scheme is an
 * HTTP proxy.
 *
 * @throws UsageError `ERR_SETTING` when it is not an HTTP or HTTPS proxy
 */
export function findProxy(origin: Origin, { variables, proxy }: ProxySettings): HttpProxy | undefined {
  if (proxy !== undefined) return proxy === "" ? undefined : parseProxy(proxy, "the proxy that was given");
  const named = [`${origin.protocol.slice(0, -1)}_proxy`, "all_proxy"]
    .map((name) => ({ name: name.toUpperCase(), value: readVariable(variables, name) }))
    .find(({ value }) => value !== "");
  if (named === undefined || isExcluded(origin, readVariable(variables, "no_proxy"))) return undefined;
  return parseProxy(named.value, `the proxy that the environment names (${named.name})`);
}

function readVariable(variables: ProxySettings["variables"], name: string): string {
  return [variables[name], variables[name.toUpperCase()]].find((value) => value !== undefined && value !== "") ?? "";
}

function parseProxy(text: string, name: string): HttpProxy {
  const full = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "") return { url, name };
  const found = full.replace(/\/\/.*@/s, "//***@");
  throw new UsageError("ERR_SETTING", `${name} is not an http:// or https:// URL, found ${quoteValue(found)}`, {
    hints: ["write it as http://HOST:PORT, or list the endpoint's host in NO_PROXY"],
  });
}

/**
 * `NO_PROXY`: `*`, or hosts separated by commas or blanks, each with or without a port. A name covers itself and the
 * names below it; with a dot or `*.` in front it covers only those below.
 */
function isExcluded({ hostname, port }: Origin, list: string): boolean {
  const host = hostname.toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (only !== undefined && Number(only) !== port) return false;
      const wanted = name.replace(/^\[(.*)\]$/, "$1").replace(/^\*(?=\.)/, "");
      if (wanted.startsWith(".")) return host.endsWith(wanted);
      return host === wanted || host.endsWith(`.${wanted}`);
    });
}
