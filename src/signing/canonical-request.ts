import { createHash } from "node:crypto";

/** A request as it goes over the wire, before it is signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** Percent-encoded as sent, with any prefix of the endpoint. */
  readonly path: string;
  /** Names and values not yet encoded. */
  readonly query: readonly (readonly [string, string])[];
  /** Names in any case; every one of them is signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Percent-encodes all but RFC 3986's unreserved characters, as signatures and query strings need it. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The query string, sorted and encoded: the canonical form, sent as it is signed. */
export function canonicalQuery(query: UnsignedRequest["query"]): string {
  const pairs = query.map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const);
  return pairs
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Lower-case names of the signed headers, sorted, joined with `;`. */
export function signedHeaders(headers: UnsignedRequest["headers"]): string {
  return Object.keys(headers)
    .map((name) => name.toLowerCase())
    .toSorted(compare)
    .join(";");
}

/**
 * Method, path, query, headers, signed header names and payload hash, a line each.
 *
 * The path is encoded once more, as for every service but S3, which leaves an unescaped path as it is.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(request: UnsignedRequest): string {
  const headerLines = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const)
    .toSorted(([a], [b]) => compare(a, b))
    .map(([name, value]) => `${name}:${value}\n`);
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headerLines.join(""),
    signedHeaders(request.headers),
    sha256Hex(request.body),
  ].join("\n");
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function canonicalPath(path: string): string {
  return path.split("/").map(encodeRfc3986).join("/");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
