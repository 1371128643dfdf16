import { UsageError } from "../errors.js";
import { formatAmzDate, parseAmzDate } from "./amz-date.js";
import { buildCanonicalRequest } from "./canonical-request.js";
import type { PathSigning, WireRequest } from "./canonical-request.js";
import { findHeader, withoutHeaders } from "../aws/http/header-fields.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import type { SignatureScheme } from "./scheme.js";
import { formatAuthorization, signCanonicalRequest } from "./string-to-sign.js";
import type { Signature } from "./string-to-sign.js";

export interface SigningInput {
  readonly scheme: SignatureScheme;
  readonly now: Date;
  readonly pathSigning: PathSigning;
  /** Hex SHA-256 of the body, or one of the constants for a body that is not hashed. */
  readonly payloadHash: string;
  /** Whether the service also requires the payload hash as a header. */
  readonly sendPayloadHash: boolean;
  /** Whether to add the token after signing, as AWS IoT and a few others require. */
  readonly tokenUnsigned: boolean;
}

export interface SignedRequest extends WireRequest, Signature {}

export const tokenHeader = "x-amz-security-token";

/** Signs with an `authorization` header. The caller's own headers stay in place; ours follow. */
export async function signWithHeaders(request: WireRequest, input: SigningInput): Promise<SignedRequest> {
  const { scheme, payloadHash } = input;
  const own = withoutHeaders(request.headers, ["authorization", tokenHeader]);
  const given = givenDate(own);
  const amzDate = formatAmzDate(given ?? input.now);
  const token: HeaderFields = scheme.sessionToken === undefined ? [] : [[tokenHeader, scheme.sessionToken]];
  const headers: HeaderFields = [
    ...own,
    ...(given === undefined ? ([["x-amz-date", amzDate]] as const) : []),
    ...(input.sendPayloadHash && findHeader(own, "x-amz-content-sha256") === undefined
      ? ([["x-amz-content-sha256", payloadHash]] as const)
      : []),
    ...scheme.fields,
    ...(input.tokenUnsigned ? [] : token),
  ];
  const canonical = buildCanonicalRequest({ ...request, headers }, input.pathSigning, payloadHash);
  const signature = await signCanonicalRequest(canonical.text, amzDate, scheme);
  const authorization = formatAuthorization(scheme, canonical, signature);
  return {
    method: request.method,
    target: request.target,
    headers: [...headers, ...(input.tokenUnsigned ? token : []), ["authorization", authorization]],
    ...signature,
  };
}

/** Returns the caller's own date, if set, which becomes the time of the signature. */
function givenDate(headers: HeaderFields): Date | undefined {
  const amz = findHeader(headers, "x-amz-date");
  if (amz !== undefined) return parseAmzDate(amz) ?? refuseDate("X-Amz-Date", amz, "20260131T235959Z");
  const http = findHeader(headers, "date");
  if (http === undefined) return undefined;
  const date = parseAmzDate(http) ?? new Date(http);
  return Number.isNaN(date.getTime()) ? refuseDate("Date", http, "Sat, 31 Jan 2026 23:59:59 GMT") : date;
}

function refuseDate(name: string, value: string, example: string): never {
  throw new UsageError("ERR_ARGUMENT", `the ${name} header has no date in it: "${value}"`, {
    hints: [`write it like "${example}", or leave the header out: the signature brings its own`],
  });
}
