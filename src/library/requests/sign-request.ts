import type { SignableRequest, SignedRequest, SignRequestOptions } from "./options.js";

/**
 * Signs one HTTP request with AWS Signature Version 4 or 4A. Nothing is sent.
 *
 * @throws UsageError `ERR_ARGUMENT` when the URL is invalid, when service or region cannot be derived from the host, or
 *   when `presignSeconds` is out of range; the error that the credential provider rejects with.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @example
 * ```ts
 * const signed = await signRequest(
 *   { method: "POST", url: "https://abc123.execute-api.us-east-1.amazonaws.com/prod/items", body: '{"name":"x"}' },
 *   { credentials: provider },
 * );
 * ```
 */
export async function signRequest(request: SignableRequest, options: SignRequestOptions): Promise<SignedRequest> {
  const { createSignedRequest } = await import("./signed-request.js");
  return createSignedRequest(request, options);
}
