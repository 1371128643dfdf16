import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * `$env:` statements. Each is on one line, because `… | Invoke-Expression` runs line by line. Each ends in a semicolon,
 * because `iex "$(…)"` joins the lines with blanks, and a parse error would print the values.
 */
export function formatPowershell(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `$env:${name} = ${quoteForPowershell(value)};\n`);
}

/**
 * Printable ASCII is literal between single quotes. Other characters are written as subexpressions: PowerShell treats
 * curly quotes as quotes, and decodes program output with its own code page.
 */
function quoteForPowershell(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const escaped = value
    .replaceAll(/[`$"]/g, "`$&")
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  return `"${escaped}"`;
}
