import type { Refusal } from "./request-guard.js";

/** Headers by their names in lower case. */
export type RequestHeaders = ReadonlyMap<string, string>;

/** More than any SDK sends; a runtime's own limit may cut the rest off without a word. */
export const maximumHeaders = 64;

/** What decides who is answered, and how: of a second one, two programs on the way could believe different ones. */
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
 * Gives all headers of a request, or the reason to refuse it.
 *
 * @param rawHeaders Names and values by turns, all that arrived.
 */
export function collectHeaders(rawHeaders: readonly string[]): RequestHeaders | Refusal {
  if (rawHeaders.length > 2 * maximumHeaders) {
    return { status: 431, message: `more than ${maximumHeaders} headers` };
  }
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!headers.has(name)) headers.set(name, rawHeaders[index + 1] as string);
    else if (onceOnly.has(name)) return { status: 400, message: `the request has two ${name} headers` };
  }
  return headers;
}
