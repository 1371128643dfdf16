import type { Refusal } from "./refusal.js";

/** Headers by name in lower case. */
export type RequestHeaders = ReadonlyMap<string, string>;

/** More than any SDK sends. A runtime with a lower limit may drop the rest silently. */
export const maxHeaders = 64;

/** Headers that decide the response. If one came twice, programs between client and server might use different ones. */
const onceOnly: ReadonlySet<string> = new Set([
  "host",
  "sec-fetch-site",
  "authorization",
  "content-length",
  "transfer-encoding",
  "x-aws-ec2-metadata-token",
  "x-aws-ec2-metadata-token-ttl-seconds",
]);

/**
 * Collects the headers of a request, or returns the reason to refuse it.
 *
 * @param rawHeaders All names and values as received, alternating.
 */
export function collectHeaders(rawHeaders: readonly string[]): RequestHeaders | Refusal {
  if (rawHeaders.length > 2 * maxHeaders) {
    return { status: 431, message: `more than ${maxHeaders} headers` };
  }
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!headers.has(name)) headers.set(name, rawHeaders[index + 1] as string);
    else if (onceOnly.has(name)) return { status: 400, message: `the request has two ${name} headers` };
  }
  return headers;
}
