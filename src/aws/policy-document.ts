import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { parseJson } from "./json-text.js";

/** @throws UsageError `ERR_SETTING` */
export function parsePolicyText(text: string, subject: Text): unknown {
  return parseJson(text, subject, "write the policy document itself, or file://policy.json");
}

/** @throws UsageError `ERR_SETTING` */
export function requirePolicy(policy: unknown, subject: Text): object {
  if (typeof policy === "object" && policy !== null && !Array.isArray(policy)) return policy;
  throw new UsageError("ERR_SETTING", message`${subject} is not a policy document`, {
    hints: ["expected a JSON object with Version and Statement"],
  });
}
