import { parsePolicy, PolicyError } from "../policy/document.js";
import { Refusal } from "../refusal.js";
import { checkLength, optionalParameter } from "./query-parameters.js";
import type { QueryParameters } from "./query-parameters.js";

/**
 * The parameter `Policy`, checked.
 *
 * @throws Refusal `ValidationError`, `MalformedPolicyDocument`
 */
export function readPolicy(parameters: QueryParameters): string | undefined {
  const text = optionalParameter(parameters, "Policy", /^[\t\n\r\x20-\xff]+$/);
  if (text === undefined) return undefined;
  checkLength("Policy", text, { min: 1, max: 2048 });
  try {
    parsePolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new Refusal(400, "MalformedPolicyDocument", error.message);
  }
  return text;
}
