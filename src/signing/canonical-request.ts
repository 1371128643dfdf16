import { canonicalComponent, encodeText } from "./encoding.js";
import type { HeaderFields } from "../aws/http/header-fields.js";

/** A request exactly as sent. Signing does not change the target. */
export interface WireRequest {
  readonly method: string;
  /** Path and query exactly as on the request line, beginning with `/`. */
  readonly target: string;
  /** Includes `host`. */
  readonly headers: HeaderFields;
}

/**
 * How a service processes the path before it verifies the signature. Most remove dot segments and repeated slashes and
 * encode the path once more (`normalized`); `unnormalized` only encodes; `s3` uses the path unchanged, encoded once.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export type PathSigning = "normalized" | "unnormalized" | "s3";

export interface CanonicalRequest {
  readonly text: string;
  /** Names in lower case, sorted, joined with `;`. */
  readonly signedHeaders: string;
}

export function buildCanonicalRequest(
  request: WireRequest,
  pathSigning: PathSigning,
  payloadHash: string,
): CanonicalRequest {
  const { path, query } = splitTarget(request.target);
  const headers = canonicalHeaders(request.headers);
  const names = Object.keys(headers).sort();
  const signedHeaders = names.join(";");
  const text = [
    request.method.toUpperCase(),
    canonicalPath(path, pathSigning),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    signedHeaders,
    payloadHash,
  ].join("\n");
  return { text, signedHeaders };
}

/** @param target Path and query as on the request line. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

export function canonicalPath(path: string, pathSigning: PathSigning): string {
  if (path === "") return "/";
  if (pathSigning === "s3") return canonicalComponent(path, true);
  const segments = pathSigning === "normalized" ? normalizeSegments(path) : path.split("/");
  return segments.map(encodeText).join("/");
}

// RFC 3986 §5.2.4; also merges consecutive slashes. A trailing slash stays if a segment precedes it.
function normalizeSegments(path: string): string[] {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const closing = path.endsWith("/") && kept.length > 0 ? [""] : [];
  return kept.length === 0 ? ["", ""] : ["", ...kept, ...closing];
}

export function canonicalQuery(query: string): string {
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const key = equals === -1 ? pair : pair.slice(0, equals);
      const value = equals === -1 ? "" : pair.slice(equals + 1);
      return { key: canonicalComponent(key), value: canonicalComponent(value) };
    })
    .filter(({ key }) => key !== "X-Amz-Signature");
  pairs.sort((one, other) => compare(one.key, other.key) || compare(one.value, other.value));
  return pairs.map(({ key, value }) => `${key}=${value}`).join("&");
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

// Headers that a proxy may rewrite, add or drop: botocore's list, plus authorization itself and proxy-*.
const unstable = new Set([
  "authorization",
  "connection",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-amzn-trace-id",
]);

export function isSignable(name: string): boolean {
  const lower = name.toLowerCase();
  return !unstable.has(lower) && !lower.startsWith("proxy-");
}

/** Returns signed headers by name in lower case. Joins repeated headers with `,` in order; collapses white space. */
export function canonicalHeaders(fields: HeaderFields): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (const [name, value] of fields) {
    if (!isSignable(name)) continue;
    const lower = name.toLowerCase();
    const trimmed = value.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    const earlier = joined.get(lower);
    joined.set(lower, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  return Object.fromEntries(
    [...joined].map(([name, value]) => [name, value.replaceAll(/[ \t\r\n]+/g, " ").replaceAll(/^ | $/g, "")]),
  );
}
