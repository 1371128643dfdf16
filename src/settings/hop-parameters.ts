import { isSessionName } from "../aws/duration.js";
import { parsePolicyText, requirePolicy } from "../aws/policy-document.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";

/** Reads the file in a `file://` value. */
export type ReadText = (path: string, subject: Text) => string;

/** Returns a value's text, or that of the file that it names as `file://PATH`. */
export function textOf(value: string, readText: ReadText, subject: Text): string {
  return value.startsWith("file://") ? readText(value.slice("file://".length), subject) : value;
}

/** @throws UsageError `ERR_SETTING` unless `key=value` with a key of 1-128 and a value of at most 256 characters. */
export function parseTag(text: string, subject: Text): { readonly Key: string; readonly Value: string } {
  const equals = text.indexOf("=");
  const [Key, Value] = [text.slice(0, Math.max(equals, 0)), text.slice(equals + 1)];
  if (equals < 1 || Key.length > 128 || Value.length > 256) {
    throw new UsageError("ERR_SETTING", message`${subject} is "${text}", expected key=value`, {
      hints: [message`write ${subject} team=data, for example`],
    });
  }
  onlyOne(text, subject);
  return { Key, Value };
}

/**
 * Accepts one tag, tag key or policy ARN. Tags and their keys cannot contain commas; policy names can.
 *
 * @throws UsageError `ERR_SETTING` for several values separated by commas, as other tools accept them
 */
export function onlyOne(text: string, subject: Text): string {
  const several = text.startsWith("arn:") ? /[,\s]arn:/ : /,/;
  if (!several.test(text)) return text;
  throw new UsageError("ERR_SETTING", message`${subject} is "${text}", expected one value without commas`, {
    hints: ["repeat the flag; in a variable or profile key, separate with ;"],
  });
}

/** @throws UsageError `ERR_SETTING` */
export function parseExternalId(text: string, subject: Text): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(text)) return text;
  throw new UsageError("ERR_SETTING", message`${subject} is not 2-1224 characters of A-Z a-z 0-9 _ + = , . @ : / -`, {
    hints: ["take the external id exactly as the role's trust policy has it"],
  });
}

/** @throws UsageError `ERR_SETTING` */
export function parseSourceIdentity(text: string, subject: Text): string {
  if (isSessionName(text)) return text;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is "${text}", expected 2-64 characters of A-Z a-z 0-9 _ + = , . @ - that do not begin with aws:`,
    {
      hints: ["Roles Anywhere sets the source identity, and no role can change it: leave this out"],
    },
  );
}

/**
 * Parses a session policy: the JSON text itself, or `file://PATH`.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parsePolicy({ value, origin }: Sourced<string>, readText: ReadText): string {
  const subject = describeOrigin(origin);
  const text = textOf(value, readText, subject);
  requirePolicy(parsePolicyText(text, subject), subject);
  return text.trim();
}
