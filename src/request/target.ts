import { isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { redactUrls } from "../aws/redact-url.js";
import { UsageError } from "../errors.js";

/** Where a request goes, its path and query as they will stand on the request line. */
export interface RequestTarget {
  readonly scheme: "http" | "https";
  /** Lower case, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header: without the scheme's own port. */
  readonly authority: string;
  /** Origin form: begins with `/`. */
  readonly target: string;
}

const defaultPorts = { http: 80, https: 443 } as const;

/**
 * Takes a URL apart without normalising it: dot segments, repeated slashes, escapes and their case stay as written.
 * Only what no request line can carry is encoded: white space and characters beyond ASCII, as UTF-8.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseRequestUrl(text: string): RequestTarget {
  const match = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(text);
  if (match === null) {
    throw new UsageError("ERR_ARGUMENT", `expected an http or https URL, found "${redactUrls(text)}"`, {
      hints: [
        `write it in full, for example ${redactUrls(`https://${text === "" ? "HOST/PATH" : text.replace(/^[a-z]*:?\/+/i, "")}`)}`,
      ],
    });
  }
  const [, schemeText = "", authority = "", rest = ""] = match;
  const scheme = schemeText.toLowerCase() as RequestTarget["scheme"];
  const { hostname, port } = parseAuthority(authority, scheme, text);
  const bracketed = isIPv6(hostname) ? `[${hostname}]` : hostname;
  return {
    scheme,
    hostname,
    port,
    authority: port === defaultPorts[scheme] ? bracketed : `${bracketed}:${port}`,
    target: encodeForWire(rest.startsWith("/") ? rest : `/${rest}`, text),
  };
}

export function formatRequestUrl({ scheme, authority, target }: RequestTarget): string {
  return `${scheme}://${authority}${target}`;
}

/** Adds already encoded pairs to the query, which stays as it is. */
export function addToQuery(target: RequestTarget, pairs: string): RequestTarget {
  const separator = target.target.includes("?") ? "&" : "?";
  return { ...target, target: `${target.target}${separator}${encodeForWire(pairs, pairs)}` };
}

export function originOf({ scheme, authority }: RequestTarget): string {
  return `${scheme}://${authority}`;
}

/** Resolves a `Location` header against the request that it answers, again without normalising. */
export function resolveLocation(location: string, base: RequestTarget): RequestTarget {
  if (/^https?:\/\//i.test(location)) return parseRequestUrl(location);
  if (location.startsWith("//")) return parseRequestUrl(`${base.scheme}:${location}`);
  const [path = "/"] = base.target.split("?", 1);
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  const prefix = location.startsWith("/") ? "" : location.startsWith("?") ? path : directory;
  return parseRequestUrl(`${originOf(base)}${prefix}${location}`);
}

function parseAuthority(authority: string, scheme: RequestTarget["scheme"], text: string) {
  if (authority.includes("@")) {
    throw new UsageError(
      "ERR_ARGUMENT",
      "the URL carries a user name or password, and the signature takes their place",
      {
        hints: ['leave out the part before "@" in the host'],
      },
    );
  }
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority);
  const hostText = match?.[1] ?? "";
  const hostname = hostText.startsWith("[") ? hostText.slice(1, -1).toLowerCase() : domainToASCII(hostText);
  const portText = match?.[2] ?? "";
  const port = portText === "" ? defaultPorts[scheme] : Number(portText);
  const valid = hostText.startsWith("[") ? isIPv6(hostname) : /^[a-z0-9._-]+$/.test(hostname);
  if (!valid || port < 1 || port > 65_535) {
    throw new UsageError("ERR_ARGUMENT", `the URL has no valid host and port in it: "${redactUrls(text)}"`, {
      hints: [`write ${scheme}://HOST/PATH or ${scheme}://HOST:PORT/PATH`],
    });
  }
  return { hostname, port };
}

function encodeForWire(rest: string, text: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(rest)) {
    throw new UsageError("ERR_ARGUMENT", `the URL has a control character in it: ${JSON.stringify(redactUrls(text))}`, {
      hints: ["encode it as %XX, or remove the line end that the shell kept"],
    });
  }
  return rest.replaceAll(/[^\u0021-\u007e]+/g, (run) => encodeOctets(Buffer.from(run, "utf8")));
}

function encodeOctets(octets: Uint8Array): string {
  return [...octets].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
