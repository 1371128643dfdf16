import { message, setting } from "./message.js";
import type { Text } from "./message.js";

/** Where a value came from. Errors name it. */
export type Origin =
  | { readonly kind: "flag"; readonly setting: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "profile"; readonly key: string; readonly profile: string; readonly file: string }
  /** A flag in the `credential_process` line of a profile. */
  | { readonly kind: "line"; readonly setting: string; readonly profile: string; readonly file: string }
  | { readonly kind: "derived"; readonly from: Text }
  | { readonly kind: "default" };

/** A value and its origin. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** The origin in messages: `--role-arn`, `ROLESANYWHERE_TS_ROLE_ARN`, `rolesanywhere_role_arn of profile x in FILE`. */
export function describeOrigin(origin: Origin): Text {
  switch (origin.kind) {
    case "flag":
      return setting(origin.setting);
    case "environment":
      return origin.name;
    case "profile":
      return `${origin.key} of profile "${origin.profile}" in ${origin.file}`;
    case "line":
      return `--${origin.setting} in credential_process of profile "${origin.profile}" in ${origin.file}`;
    case "derived":
      return message`derived from ${origin.from}`;
    case "default":
      return "default";
  }
}

/** Which of two origins wins: a flag over the environment over the profile, whose line is stronger than its keys. */
export function strengthOf(origin: Origin): number {
  return { flag: 4, environment: 3, line: 2, profile: 1, derived: 0, default: 0 }[origin.kind];
}
