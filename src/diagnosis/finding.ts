import type { ErrorCode, RolesAnywhereError } from "../errors.js";
import type { FindingCode } from "./finding-codes.js";

export type Level = "pass" | "warn" | "fail" | "skip";

/** One result of a step of the diagnosis. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: Level;
  /** What was checked, such as a setting, a file or a host. */
  readonly subject: string;
  readonly message: string;
  /** What to do next; present on every warning and failure. */
  readonly hint?: string;
  /** Code of the error that other commands report in this case; `explain` knows it too. */
  readonly error?: ErrorCode;
  /** Identity of the final credentials, and when they expire. */
  readonly identity?: { readonly arn: string; readonly until: string };
  /** The repair that `check --fix` can make. */
  readonly fix?: Fix;
}

/** A safe, local repair: only the owner can read the file of a secret afterwards. */
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

/** Builds a failure from an error, with its code and hints. */
export function failBy(
  code: FindingCode,
  subject: string,
  error: RolesAnywhereError,
  hint: string = error.hints.join("; or "),
): Finding {
  return { ...fail(code, subject, error.message, hint), error: error.code };
}
