import type { ErrorCode, RolesAnywhereError } from "../errors.js";
import type { FindingCode } from "./finding-codes.js";

export type Level = "pass" | "warn" | "fail" | "skip";

/** What one step of the diagnosis found. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: Level;
  /** What was looked at: a setting, a file, a host. */
  readonly subject: string;
  readonly message: string;
  /** The next step; present on every warning and failure. */
  readonly hint?: string;
  /** Code of the error that every other command ends with here; `explain` knows it too. */
  readonly error?: ErrorCode;
  /** Whose the credentials are in the end, and when they end. */
  readonly identity?: { readonly arn: string; readonly until: string };
  /** What `check --fix` can do about it. */
  readonly fix?: Fix;
}

/** A repair that is safe and local: only the owner can read the file of a secret afterwards. */
export interface Fix {
  readonly kind: "mode";
  readonly path: string;
}

export function pass(code: FindingCode, subject: string, message: string): Finding {
  return { code, level: "pass", subject, message };
}

export function skip(code: FindingCode, subject: string, message: string): Finding {
  return { code, level: "skip", subject, message };
}

export function warn(code: FindingCode, subject: string, message: string, hint: string): Finding {
  return { code, level: "warn", subject, message, hint };
}

export function fail(code: FindingCode, subject: string, message: string, hint: string): Finding {
  return { code, level: "fail", subject, message, hint };
}

/** A failure by an error of the program, with its code and its hints. */
export function failBy(
  code: FindingCode,
  subject: string,
  error: RolesAnywhereError,
  hint: string = error.hints.join("; or "),
): Finding {
  return { ...fail(code, subject, error.message, hint), error: error.code };
}
