import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** `set -gx` statements for `… | source` and for `eval (…)`, which joins the lines: hence the semicolons. */
export function formatFish(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `set -gx ${name} ${quoteForFish(value)};\n`);
}

/** Control characters stand outside the quotes as escapes, so that a statement never spans lines. */
function quoteForFish(value: string): string {
  const quoted = value.replaceAll(/['\\]/g, String.raw`\$&`);
  return `'${quoted.replaceAll(/[\x01-\x1f\x7f]+/g, (run) => `'${run.replaceAll(/./gs, escapeControl)}'`)}'`;
}

function escapeControl(character: string): string {
  return String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
