import { isPlainLine } from "../printable.js";
import type { AwsCredentials } from "./credentials.js";

// Responses of services and providers end up in files, headers and shells, so each value has a grammar, and a value
// that does not match is not passed on. Character sets are those of AWS's own API models, limited to one line of plain
// characters; lengths are not limited, because tokens grow.

/** `accessKeyIdType` of the STS model. */
const accessKeyId = /^\w+$/;
/** No model restricts a secret or a token further; headers can carry visible ASCII without blanks. */
const visibleAscii = /^[\x21-\x7e]+$/;
/** RFC 3339. `Date` alone accepts almost any text as a date. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** `arnType` of the STS model without line ends. */
const arn = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\x21-\x7e\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd]+$/;
/** `assumedRoleIdType` */
const assumedRoleId = /^[\w+=,.@:-]+$/;
/** May have blanks and letters of any language, like a source identity from a certificate's common name. */
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

/** A member of a response that has a grammar here. */
export type IssuedValue = keyof typeof grammars;

/** Tells whether a value has the format that AWS uses for this kind. */
export function hasForm(kind: IssuedValue, value: unknown): value is string {
  return typeof value === "string" && grammars[kind].test(value);
}

/** Returns a request ID for messages, or undefined if it does not look like one. */
export function requestIdOf(value: unknown): string | undefined {
  return hasForm("requestId", value) ? value : undefined;
}

/**
 * Returns the first member of credentials that is not a line of text. They may come from a container or instance
 * endpoint, a process, a function. Keys of services other than AWS have their own formats. The value is never printed,
 * because it may be a secret.
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

/** Tells whether a time can be written with a four-digit year. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date && value.getUTCFullYear() >= 1970 && value.getUTCFullYear() <= 9999;
}
