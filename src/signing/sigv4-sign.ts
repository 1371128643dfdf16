import { createHash } from "node:crypto";
import type { AwsCredentials } from "../aws/credentials.js";
import { UsageError } from "../errors.js";
import { buildCanonicalRequest, splitTarget } from "./sigv4-canonical.js";
import type { HeaderFields, PathSigning, WireRequest } from "./sigv4-canonical.js";
import { encodeText } from "./sigv4-encoding.js";
import { formatAmzDate, parseAmzDate } from "./sigv4-scheme.js";
import type { SignatureScheme } from "./sigv4-scheme.js";

export interface SigningInput {
  readonly scheme: SignatureScheme;
  readonly credentials: AwsCredentials;
  readonly now: Date;
  readonly pathSigning: PathSigning;
  /** Hex SHA-256 of the body, or one of the names that stand for a body which is not hashed. */
  readonly payloadHash: string;
  /** Whether the service wants the payload hash as a header too. */
  readonly sendPayloadHash: boolean;
  /** Whether the token is added after signing, as AWS IoT and a few others want it. */
  readonly tokenUnsigned: boolean;
}

export interface Signature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly scope: string;
  readonly amzDate: string;
  /** Hex. */
  readonly signature: string;
}

export interface SignedHeadersRequest extends WireRequest, Signature {}

const tokenHeader = "x-amz-security-token";
/** AWS takes no URL that is valid for more than a week. */
export const maximumPresignSeconds = 604_800;

/** Signs with an `authorization` header. The caller's own fields keep their place; ours follow them. */
export async function signWithHeaders(request: WireRequest, input: SigningInput): Promise<SignedHeadersRequest> {
  const { scheme, credentials, payloadHash } = input;
  const own = without(request.headers, ["authorization", tokenHeader]);
  const time = signingTime(own, input.now);
  const token: HeaderFields = credentials.sessionToken === undefined ? [] : [[tokenHeader, credentials.sessionToken]];
  const headers: HeaderFields = [
    ...own,
    ...(time.field === undefined ? ([["x-amz-date", time.amzDate]] as const) : []),
    ...(input.sendPayloadHash && !has(own, "x-amz-content-sha256")
      ? ([["x-amz-content-sha256", payloadHash]] as const)
      : []),
    ...(scheme.regionSet === undefined ? [] : ([["x-amz-region-set", scheme.regionSet]] as const)),
    ...(input.tokenUnsigned ? [] : token),
  ];
  const canonical = buildCanonicalRequest({ ...request, headers }, input.pathSigning, payloadHash);
  const closed = await close(canonical.text, time.amzDate, scheme);
  const authorization = [
    `${scheme.algorithm} Credential=${credentials.accessKeyId}/${closed.scope}`,
    `SignedHeaders=${canonical.signedHeaders}`,
    `Signature=${closed.signature}`,
  ].join(", ");
  return {
    method: request.method,
    target: request.target,
    headers: [...headers, ...(input.tokenUnsigned ? token : []), ["authorization", authorization]],
    ...closed,
  };
}

export interface PresignedTarget extends Signature {
  /** Path and query with the signature, the caller's own query as it was. */
  readonly target: string;
}

/**
 * Signs in the query. Every field of `request.headers` that can be signed is: whoever uses the URL has to send the same.
 *
 * @param expiresInSeconds 1 to 604800.
 */
export async function presignTarget(
  request: WireRequest,
  input: SigningInput,
  expiresInSeconds: number,
): Promise<PresignedTarget> {
  const { scheme, credentials } = input;
  const headers = without(request.headers, ["authorization", tokenHeader, "x-amz-date"]);
  const amzDate = formatAmzDate(input.now);
  const credential = `${credentials.accessKeyId}/${scheme.scopeOn(amzDate.slice(0, 8))}`;
  const { signedHeaders } = buildCanonicalRequest({ ...request, headers }, input.pathSigning, input.payloadHash);
  const token =
    credentials.sessionToken === undefined ? "" : `&X-Amz-Security-Token=${encodeText(credentials.sessionToken)}`;
  const parameters = [
    `X-Amz-Algorithm=${scheme.algorithm}`,
    `X-Amz-Credential=${encodeText(credential)}`,
    `X-Amz-Date=${amzDate}`,
    `X-Amz-Expires=${expiresInSeconds}`,
    ...(scheme.regionSet === undefined ? [] : [`X-Amz-Region-Set=${encodeText(scheme.regionSet)}`]),
    `X-Amz-SignedHeaders=${encodeText(signedHeaders)}`,
  ].join("&");
  const unsigned = appendQuery(request.target, parameters + (input.tokenUnsigned ? "" : token));
  const canonical = buildCanonicalRequest(
    { ...request, target: unsigned, headers },
    input.pathSigning,
    input.payloadHash,
  );
  const closed = await close(canonical.text, amzDate, scheme);
  const target = `${unsigned}&X-Amz-Signature=${closed.signature}${input.tokenUnsigned ? token : ""}`;
  return { target, ...closed };
}

function appendQuery(target: string, parameters: string): string {
  const { query } = splitTarget(target);
  if (!target.includes("?")) return `${target}?${parameters}`;
  return query === "" || query.endsWith("&") ? `${target}${parameters}` : `${target}&${parameters}`;
}

async function close(canonicalRequest: string, amzDate: string, scheme: SignatureScheme): Promise<Signature> {
  const shortDate = amzDate.slice(0, 8);
  const scope = scheme.scopeOn(shortDate);
  const stringToSign = buildStringToSign(scheme.algorithm, amzDate, scope, canonicalRequest);
  return { canonicalRequest, stringToSign, scope, amzDate, signature: await scheme.sign(stringToSign, shortDate) };
}

export function buildStringToSign(algorithm: string, amzDate: string, scope: string, canonicalRequest: string): string {
  const digest = createHash("sha256").update(canonicalRequest, "utf8").digest("hex");
  return [algorithm, amzDate, scope, digest].join("\n");
}

/** The caller's own date, when one was set, is kept and is the time of the signature. */
function signingTime(headers: HeaderFields, now: Date): { readonly amzDate: string; readonly field?: string } {
  const amz = find(headers, "x-amz-date");
  if (amz !== undefined) {
    const date = parseAmzDate(amz);
    if (date === undefined) throw dateError("X-Amz-Date", amz, "20260131T235959Z");
    return { amzDate: formatAmzDate(date), field: "x-amz-date" };
  }
  const http = find(headers, "date");
  if (http === undefined) return { amzDate: formatAmzDate(now) };
  const date = parseAmzDate(http) ?? new Date(http);
  if (Number.isNaN(date.getTime())) throw dateError("Date", http, "Sat, 31 Jan 2026 23:59:59 GMT");
  return { amzDate: formatAmzDate(date), field: "date" };
}

function dateError(name: string, value: string, example: string): UsageError {
  return new UsageError("ERR_ARGUMENT", `the ${name} header has no date in it: "${value}"`, {
    hints: [`write it like "${example}", or leave the header out: the signature brings its own`],
  });
}

function find(headers: HeaderFields, name: string): string | undefined {
  return headers.find(([field]) => field.toLowerCase() === name)?.[1].trim();
}

function has(headers: HeaderFields, name: string): boolean {
  return find(headers, name) !== undefined;
}

function without(headers: HeaderFields, names: readonly string[]): HeaderFields {
  return headers.filter(([field]) => !names.includes(field.toLowerCase()));
}
