import { formatVariables } from "./credential-variables.js";
import { isPlain } from "./export-credentials.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * Writes `set -gx` statements for `… | source` and for `eval (…)`, which joins the lines: hence the semicolons. Except
 * for these, they match `aws configure export-credentials`.
 */
export function formatFish(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `set -gx ${name} ${quoteForFish(value)};\n`);
}

function quoteForFish(value: string): string {
  return isPlain(value) ? `"${value}"` : `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
