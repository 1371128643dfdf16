import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * `$env:` statements for `… | Invoke-Expression`, which runs line by line, so a statement never spans lines; and for
 * `iex "$(…)"`, which joins the lines by blanks, so each ends in a semicolon: a parse error would quote the values.
 */
export function formatPowershell(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `$env:${name} = ${quoteForPowershell(value)};\n`);
}

/**
 * Single quotes take printable ASCII literally. Everything else is written as a subexpression: PowerShell takes curly
 * quotes for quotes, and decodes what a program prints by a code page of its own.
 */
function quoteForPowershell(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const escaped = value
    .replaceAll(/[`$"]/g, "`$&")
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  return `"${escaped}"`;
}
