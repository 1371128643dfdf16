import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { chainedDurationSeconds, formatRange, sessionDurationSeconds } from "./duration-limits.js";

/**
 * @throws UsageError `ERR_SETTING` outside 900-43200 seconds.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 */
export function parseSessionDuration(seconds: number, subject: Text): number {
  const { minimum, maximum } = sessionDurationSeconds;
  if (Number.isInteger(seconds) && seconds >= minimum && seconds <= maximum) return seconds;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is ${seconds}, expected ${formatRange(sessionDurationSeconds)} seconds`,
    {
      hints: ["the profile's own setting and the role's MaxSessionDuration limit the session as well"],
    },
  );
}

/**
 * @throws UsageError `ERR_SETTING` outside 900-3600 seconds.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
export function parseChainedDuration(seconds: number, subject: Text): number {
  const { minimum, maximum } = chainedDurationSeconds;
  if (Number.isInteger(seconds) && seconds >= minimum && seconds <= maximum) return seconds;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is ${seconds}, expected ${formatRange(chainedDurationSeconds)} seconds: AWS limits role chaining to one hour`,
    {
      hints: [`ask for ${maximum} seconds or less; the document is renewed when it is asked for again`],
    },
  );
}

declare const brand: unique symbol;
/** A session name that STS accepts. */
export type RoleSessionName = string & { readonly [brand]: "session-name" };

/** The default session name of an assumed role. */
export const ownSessionName = "rolesanywhere-ts" as RoleSessionName;

/** Tells whether STS accepts a text as a session name or source identity. */
export function isSessionName(text: string): text is RoleSessionName {
  return /^[\w+=,.@-]{2,64}$/.test(text);
}

/**
 * @throws UsageError `ERR_SETTING` unless 2-64 characters of `[A-Za-z0-9_+=,.@-]`.
 */
export function parseRoleSessionName(text: string, subject: Text): RoleSessionName {
  if (isSessionName(text)) return text;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is "${text}", expected 2-64 characters of A-Z a-z 0-9 _ + = , . @ -`,
    {
      hints: ["replace the other characters, for example by -"],
    },
  );
}
