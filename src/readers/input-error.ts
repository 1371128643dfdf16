import { UsageError } from "../errors.js";

/** Data that is not what it was taken for. @param subject Where it is: `member "a.csv" of s3://bucket/key`. */
export function inputError(subject: string, problem: string, hints: readonly string[], cause?: unknown): UsageError {
  return new UsageError("ERR_INPUT", `${subject}: ${problem}`, { hints, cause });
}
