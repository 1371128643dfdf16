import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";

/** @throws UsageError `ERR_SETTING` */
export function parseJson(text: string, subject: Text, hint: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UsageError("ERR_SETTING", message`${subject} is not valid JSON`, { hints: [hint] });
  }
}
