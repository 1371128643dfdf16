import type { CredentialProvider } from "../../aws/credentials.js";
import type { Fetch, SignedFetchOptions } from "./options.js";

/**
 * Creates a `fetch` that signs every request with the provider's credentials.
 *
 * The body is held in memory for its hash; with `unsignedPayload` it is passed on unread. Redirects on the same host are
 * signed again, a redirect to another host goes out without signature, token and cookies. A clock that is off by more
 * than AWS takes is corrected once from the answer's `Date`.
 *
 * A fetch normalises URLs (it resolves `..` and encodes spaces) before anything else sees them; what is signed is what
 * it sends.
 *
 * @throws UsageError `ERR_ARGUMENT` when service or region cannot be told from the host; whatever the provider and
 *   `fetch` reject with.
 * @example
 * ```ts
 * const signedFetch = createSignedFetch(fromRolesAnywhere({ … }));
 * const response = await signedFetch("https://abc123.execute-api.us-east-1.amazonaws.com/prod/items");
 * ```
 */
export function createSignedFetch(provider: CredentialProvider, options: SignedFetchOptions = {}): Fetch {
  // Taken now: the caller may put what is made here in its place.
  const { fetch: send = globalThis.fetch } = options;
  return async (input, init) => {
    const { sendSigned } = await import("./send-signed.js");
    return sendSigned(input, init, provider, { ...options, fetch: send });
  };
}
