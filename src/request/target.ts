import { isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { findHeader } from "../aws/http/header-fields.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import { bracketed } from "../aws/http/host-name.js";
import { redactUrls } from "../aws/redact-url.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";

/** The destination of a request, with path and query as on the request line. */
export interface RequestTarget {
  /** `ws` and `wss` can only be presigned. */
  readonly scheme: "http" | "https" | "ws" | "wss";
  /** In lower case, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The value of the `Host` header: without the scheme's default port. */
  readonly authority: string;
  /** In origin form: begins with `/`. */
  readonly target: string;
}

const defaultPorts = { http: 80, https: 443, ws: 80, wss: 443 } as const;

/**
 * Parses a URL without normalizing it: dot segments, repeated slashes, escapes and their case stay as written. Only
 * what a request line cannot contain is encoded: white space, and characters beyond ASCII as UTF-8.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseRequestUrl(text: string): RequestTarget {
  const match = /^(https?|wss?):\/\/([^/?#]*)([^#]*)/i.exec(text);
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
  const host = bracketed(hostname);
  return {
    scheme,
    hostname,
    port,
    authority: port === defaultPorts[scheme] ? host : `${host}:${port}`,
    target: encodeForWire(rest.startsWith("/") ? rest : `/${rest}`, text),
  };
}

export function formatRequestUrl({ scheme, authority, target }: RequestTarget): string {
  return `${scheme}://${authority}${target}`;
}

/** Appends encoded pairs to the query, which stays unchanged. */
export function addToQuery(target: RequestTarget, pairs: string): RequestTarget {
  const separator = /[?&]$/.test(target.target) ? "" : target.target.includes("?") ? "&" : "?";
  return { ...target, target: `${target.target}${separator}${encodeForWire(pairs, pairs)}` };
}

export function originOf({ scheme, authority }: RequestTarget): string {
  return `${scheme}://${authority}`;
}

/**
 * Resolves a `Location` header against the URL of its request (RFC 3986 §5.2). Removes dot segments and encodes bytes
 * that a URL cannot contain; nothing else changes.
 *
 * @throws UsageError `ERR_ARGUMENT` when it does not lead to an http or https URL.
 */
export function resolveLocation(location: string, base: RequestTarget): RequestTarget {
  // Node.js decodes header bytes as Latin-1.
  const text = location.trim().replaceAll(/[^\u0021-\u007e]/g, (octet) => encodeOctets(Buffer.from(octet, "latin1")));
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    throw new UsageError("ERR_ARGUMENT", `a redirect leads to a ${scheme} URL, and only http and https are followed`, {
      hints: [message`leave ${setting("location")} out to see the response`],
    });
  }
  const [path] = splitOnce(base.target, "?");
  if (scheme !== undefined) return withoutDots(parseRequestUrl(text));
  if (text.startsWith("//")) return withoutDots(parseRequestUrl(`${base.scheme}:${text}`));
  const reference = text.split("#", 1)[0] ?? "";
  if (reference === "") return base;
  if (reference.startsWith("?")) return { ...base, target: path + reference };
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  return withoutDots({ ...base, target: reference.startsWith("/") ? reference : directory + reference });
}

/** Returns the absolute URL of a redirect; empty for any other response. */
export function redirectUrlOf(answer: {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  readonly prepared: { readonly target: RequestTarget };
}): string {
  const location = findHeader(answer.headers, "location");
  if (location === undefined || answer.statusCode < 300 || answer.statusCode > 399) return "";
  return formatRequestUrl(resolveLocation(location, answer.prepared.target));
}

function withoutDots(target: RequestTarget): RequestTarget {
  const [path, query] = splitOnce(target.target, "?");
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment !== "." && segment !== "..") kept.push(segment);
    else if (isLast) kept.push("");
  }
  return { ...target, target: `/${kept.join("/")}${query === undefined ? "" : `?${query}`}` };
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
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
