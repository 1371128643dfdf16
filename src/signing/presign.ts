import { formatAmzDate } from "./amz-date.js";
import { buildCanonicalRequest, splitTarget } from "./canonical-request.js";
import type { WireRequest } from "./canonical-request.js";
import { encodeText } from "./encoding.js";
import { withoutHeaders } from "../aws/http/header-fields.js";
import { tokenHeader } from "./sign-headers.js";
import type { SigningInput } from "./sign-headers.js";
import { signCanonicalRequest } from "./string-to-sign.js";
import type { Signature } from "./string-to-sign.js";

/** AWS rejects URLs that are valid for more than a week. */
export const maxPresignSeconds = 604_800;

export interface PresignedTarget extends Signature {
  /** Path and query with the signature; the caller's own query is unchanged. */
  readonly target: string;
}

/**
 * Signs in the query. Also signs all signable headers in `request.headers`: the URL is only valid together with them.
 *
 * @param expiresInSeconds 1 to 604800.
 */
export async function presignTarget(
  request: WireRequest,
  input: Omit<SigningInput, "sendPayloadHash">,
  expiresInSeconds: number,
): Promise<PresignedTarget> {
  const { scheme, payloadHash, pathSigning } = input;
  const headers = withoutHeaders(request.headers, ["authorization", tokenHeader, "x-amz-date"]);
  const amzDate = formatAmzDate(input.now);
  const credential = `${scheme.credential}/${scheme.scopeOn(amzDate.slice(0, 8))}`;
  const { signedHeaders } = buildCanonicalRequest({ ...request, headers }, pathSigning, payloadHash);
  const token = scheme.sessionToken === undefined ? "" : `&X-Amz-Security-Token=${encodeText(scheme.sessionToken)}`;
  const parameters = [
    `X-Amz-Algorithm=${scheme.algorithm}`,
    `X-Amz-Credential=${encodeText(credential)}`,
    `X-Amz-Date=${amzDate}`,
    `X-Amz-Expires=${expiresInSeconds}`,
    ...(scheme.regionSet === undefined ? [] : [`X-Amz-Region-Set=${encodeText(scheme.regionSet)}`]),
    `X-Amz-SignedHeaders=${encodeText(signedHeaders)}`,
  ].join("&");
  const unsigned = appendQuery(request.target, parameters + (input.tokenUnsigned ? "" : token));
  const canonical = buildCanonicalRequest({ ...request, target: unsigned, headers }, pathSigning, payloadHash);
  const signature = await signCanonicalRequest(canonical.text, amzDate, scheme);
  const target = `${unsigned}&X-Amz-Signature=${signature.signature}${input.tokenUnsigned ? token : ""}`;
  return { target, ...signature };
}

function appendQuery(target: string, parameters: string): string {
  const { query } = splitTarget(target);
  if (!target.includes("?")) return `${target}?${parameters}`;
  return query === "" || query.endsWith("&") ? `${target}${parameters}` : `${target}&${parameters}`;
}
