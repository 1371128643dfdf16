import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";

/** Creates the error for invalid input data. @param subject Its origin: `member "a.csv" of s3://bucket/key`. */
export function inputError(subject: string, problem: Text, hints: readonly Text[], cause?: unknown): UsageError {
  return new UsageError("ERR_INPUT", message`${subject}: ${problem}`, { hints, cause });
}
