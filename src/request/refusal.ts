import type { HeaderFields } from "../aws/http/header-fields.js";
import { findHeader } from "../aws/http/header-fields.js";
import { findClockSkew } from "../aws/http/retry.js";
import type { Received } from "../aws/http/transport.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";

/** What a refusal reveals about the signature. */
export interface Refusal {
  /** How far this machine's clock is behind the server's, if that caused the refusal. */
  readonly clockOffsetMs: number | undefined;
  /** The canonical request as computed by the service, if it returns it. */
  readonly canonicalRequest: string | undefined;
  readonly stringToSign: string | undefined;
  readonly hints: readonly Text[];
}

const clockFaults =
  /signature (?:expired|not yet current)|RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|InvalidSignature|SignatureDoesNotMatch|AuthFailure|is too skewed/i;
const refusalStatuses: ReadonlySet<number> = new Set([400, 401, 403]);
const bucketRegion = "x-amz-bucket-region";
/** Bytes of a refusal's body to read; the service's canonical request fits easily. */
export const refusalBodyBytes = 256 * 1024;

/** Tells whether a response is a refusal. S3 refuses a bucket of another region with 301 and no location. */
export function isRefusal({ statusCode, headers }: Pick<Received, "statusCode" | "headers">): boolean {
  return refusalStatuses.has(statusCode) || isOtherRegion(statusCode, headers);
}

function isOtherRegion(statusCode: number, headers: HeaderFields): boolean {
  return (
    statusCode === 301 &&
    findHeader(headers, bucketRegion) !== undefined &&
    findHeader(headers, "location") === undefined
  );
}

export function readRefusal(
  { statusCode, headers }: Pick<Received, "statusCode" | "headers">,
  text: string,
  now: Date,
): Refusal {
  const type = findHeader(headers, "x-amzn-errortype") ?? "";
  const spoken = `${type} ${text}`;
  return {
    clockOffsetMs: clockFaults.test(spoken) ? findClockSkew(findHeader(headers, "date"), now) : undefined,
    ...readCanonical(text),
    hints: hintsFor(spoken, isOtherRegion(statusCode, headers) ? findHeader(headers, bucketRegion) : undefined),
  };
}

/** Extracts both strings from the JSON message that most services send, or from S3's XML. */
function readCanonical(text: string): Pick<Refusal, "canonicalRequest" | "stringToSign"> {
  const inXml = /<CanonicalRequest>([^]*?)<\/CanonicalRequest>/.exec(text)?.[1];
  if (inXml !== undefined) {
    const toSign = /<StringToSign>([^]*?)<\/StringToSign>/.exec(text)?.[1];
    return { canonicalRequest: decodeXml(inXml), stringToSign: toSign === undefined ? undefined : decodeXml(toSign) };
  }
  const said = messageOf(text);
  return {
    canonicalRequest: /Canonical String for this request should have been\s*'([^]*?)'\s*(?:\n|$)/.exec(said)?.[1],
    stringToSign: /String-to-Sign should have been\s*'([^]*?)'\s*(?:\n|$)/.exec(said)?.[1],
  };
}

function messageOf(text: string): string {
  try {
    const parsed = JSON.parse(text) as { message?: unknown; Message?: unknown } | null;
    const message = parsed?.message ?? parsed?.Message;
    if (typeof message === "string") return message;
  } catch {
    // Not JSON: query-protocol services put the plain message into XML.
  }
  return decodeXml(text);
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeXml(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

const causes: readonly (readonly [RegExp, Text])[] = [
  [
    /Missing Authentication Token/i,
    "API Gateway says this of a path, stage or method that it does not know: check the URL and the method first",
  ],
  [
    /Credential should be scoped to (?:a valid region|correct service)/i,
    message`the message names what the service wants: give it with ${setting("region")} or ${setting("service")}`,
  ],
  [
    /security token included in the request is (?:invalid|expired)/i,
    "the session has ended, or belongs to another partition, or the region has to be opted in to",
  ],
  [
    /not authorized to perform|AccessDenied/i,
    "the signature is good: a policy of the role, the session or the resource says no",
  ],
];

/** @param region From a header, because a response to HEAD has no body. */
function hintsFor(spoken: string, region: string | undefined): readonly Text[] {
  // For example, S3's "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
  const expected =
    /region '[^']*' is wrong; expecting '([a-z0-9-]+)'/i.exec(spoken)?.[1] ?? /^[a-z0-9-]+$/.exec(region ?? "")?.[0];
  return [
    ...(expected === undefined
      ? []
      : [message`the service is in another region: sign with ${setting("region", expected)}`]),
    ...causes.filter(([pattern]) => pattern.test(spoken)).map(([, hint]) => hint),
  ];
}
