import { quoteForPowershell } from "../../aws/reader-shell.js";
import { formatVariables } from "./credential-variables.js";
import { isPlain } from "./export-credentials.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * Writes `$env:` statements. Each is on one line, because `… | Invoke-Expression` runs line by line. Each ends in a
 * semicolon, because `iex "$(…)"` joins the lines with blanks, and a parse error would print the values. Except for the
 * semicolon, they match `aws configure export-credentials`.
 */
export function formatPowershell(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) =>
    isPlain(value) ? `$Env:${name}="${value}";\n` : `$Env:${name}=${quoteForPowershell(value)};\n`,
  );
}
