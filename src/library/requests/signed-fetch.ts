import type { CredentialProvider } from "../../aws/credentials.js";
import type { Fetch, SignedFetchOptions } from "./options.js";

/**
 * Creates a `fetch` that signs every request with the provider's credentials.
 *
 * The body is held in memory to compute its hash; with `unsignedPayload` it is passed on unread. Redirects on the same
 * host are signed again; a redirect to another host is sent without signature, token and cookies. If AWS rejects a
 * request because of the local clock, it is signed again once with the time from the response's `Date`.
 *
 * A fetch normalizes URLs (it resolves `..` and encodes spaces) before anything else sees them; the signature covers
 * what it sends.
 *
 * @throws UsageError `ERR_ARGUMENT` when service or region cannot be derived from the host; the errors that the
 *   provider and `fetch` reject with.
 * @example
 * ```ts
 * const signedFetch = createSignedFetch(fromRolesAnywhere({ … }));
 * const response = await signedFetch("https://abc123.execute-api.us-east-1.amazonaws.com/prod/items");
 * ```
 */
export function createSignedFetch(provider: CredentialProvider, options: SignedFetchOptions = {}): Fetch {
  // Read now, because the caller may replace the global fetch with the result.
  const { fetch: send = globalThis.fetch } = options;
  return async (input, init) => {
    const { sendSigned } = await import("./send-signed.js");
    return sendSigned(input, init, provider, { ...options, fetch: send });
  };
}
