import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";

/** Data that is not what it was taken for. @param subject Where it is: `member "a.csv" of s3://bucket/key`. */
export function inputError(subject: string, problem: Text, hints: readonly Text[], cause?: unknown): UsageError {
  return new UsageError("ERR_INPUT", message`${subject}: ${problem}`, { hints, cause });
}
