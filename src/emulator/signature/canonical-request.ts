import { createHash } from "node:crypto";
import { decodePairs } from "./received-request.js";
import type { ReceivedRequest } from "./received-request.js";

/** The path in the canonical request: unchanged, or normalised and escaped once more as in SigV4. */
export type PathRule = "as sent" | "escaped";

/**
 * Rebuilds the signed text from the received request.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function rebuildCanonicalRequest(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  pathRule: PathRule,
): string {
  const headerLines = signedHeaders.map((name) => {
    const values = request.headers.filter(([found]) => found === name).map(([, value]) => collapse(value));
    return `${name}:${values.join(",")}\n`;
  });
  return [
    request.method,
    pathRule === "as sent" ? request.path : escapePath(request.path),
    canonicalQuery(request.query),
    headerLines.join(""),
    signedHeaders.join(";"),
    sha256Hex(request.body),
  ].join("\n");
}

/** Algorithm, date, scope and digest: the string to sign. */
export function rebuildStringToSign(algorithm: string, date: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${date}\n${scope}\n${sha256Hex(canonicalRequest)}`;
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function canonicalQuery(query: string): string {
  return decodePairs(query, false)
    .map(([name, value]) => [escape(name), escape(value)] as const)
    .sort(
      ([oneName, oneValue], [otherName, otherValue]) => compare(oneName, otherName) || compare(oneValue, otherValue),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function escapePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(escape(segment));
  }
  const normal = `/${kept.join("/")}`;
  return path.endsWith("/") && normal !== "/" ? `${normal}/` : normal;
}

function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function collapse(value: string): string {
  return value.trim().replaceAll(/ +/g, " ");
}
