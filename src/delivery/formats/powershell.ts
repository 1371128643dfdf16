import { quoteForPowershell } from "../../aws/reader-shell.js";
import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * `$env:` statements. Each is on one line, because `… | Invoke-Expression` runs line by line. Each ends in a semicolon,
 * because `iex "$(…)"` joins the lines with blanks, and a parse error would print the values.
 */
export function formatPowershell(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `$env:${name} = ${quoteForPowershell(value)};\n`);
}
