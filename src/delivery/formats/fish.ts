import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** `set -gx` statements for `… | source` and for `eval (…)`, which joins the lines: hence the semicolons. */
export function formatFish(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `set -gx ${name} ${quoteForFish(value)};\n`);
}

function quoteForFish(value: string): string {
  return `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
