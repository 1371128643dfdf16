import { isPlainLine } from "../printable.js";
import type { AwsCredentials } from "./credentials.js";

// What services and providers answer is data for files, headers and shells: each value has a grammar, and what does not
// have it goes nowhere. Character sets are those of AWS's own API models, narrowed to one line of plain characters;
// lengths are left to the service, because tokens grow.

/** `accessKeyIdType` of the STS model. */
const accessKeyId = /^\w+$/;
/** No model describes a secret or a token further; what travels in a header is visible ASCII without blanks. */
const visibleAscii = /^[\x21-\x7e]+$/;
/** RFC 3339. `Date` alone takes almost any text for a date. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** `arnType` of the STS model without line ends. */
const arn = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\x21-\x7e\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd]+$/;
/** `assumedRoleIdType` */
const assumedRoleId = /^[\w+=,.@:-]+$/;
/** What has blanks and letters of any language, as a source identity out of a certificate's common name. */
const oneLine = { test: isPlainLine };

const grammars = {
  accessKeyId,
  secretAccessKey: visibleAscii,
  sessionToken: visibleAscii,
  expiration: timestamp,
  arn,
  assumedRoleId,
  sourceIdentity: oneLine,
  requestId: visibleAscii,
} as const satisfies Record<string, Pick<RegExp, "test">>;

/** A member of an answer that a grammar here describes. */
export type IssuedValue = keyof typeof grammars;

/** Whether a value has the form that AWS gives values of this kind. */
export function hasForm(kind: IssuedValue, value: unknown): value is string {
  return typeof value === "string" && grammars[kind].test(value);
}

/** A request id for messages; what does not look like one is left out. */
export function requestIdOf(value: unknown): string | undefined {
  return hasForm("requestId", value) ? value : undefined;
}

/**
 * The first member of credentials that is not a line of text, from any source: a container or instance endpoint, a
 * process, a function. Keys of services other than AWS have their own forms. The value is never printed, because it may
 * be a secret.
 */
export function malformedMember(credentials: AwsCredentials): IssuedValue | undefined {
  const { accessKeyId: id, secretAccessKey, sessionToken, expiration } = credentials;
  if (!isLine(id)) return "accessKeyId";
  if (!isLine(secretAccessKey)) return "secretAccessKey";
  if (sessionToken !== undefined && !isLine(sessionToken)) return "sessionToken";
  return expiration === undefined || isDate(expiration) ? undefined : "expiration";
}

function isLine(value: unknown): boolean {
  return typeof value === "string" && isPlainLine(value);
}

/** A time that can be written with a year of four digits. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date && value.getUTCFullYear() >= 1970 && value.getUTCFullYear() <= 9999;
}
