import { quoteForPowershell } from "../../aws/reader-shell.js";
import { formatVariables } from "./credential-variables.js";
import { isPlain } from "./export-credentials.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * `$env:` statements. Each is on one line, because `… | Invoke-Expression` runs line by line. Each ends in a semicolon,
 * because `iex "$(…)"` joins the lines with blanks, and a parse error would print the values. But for the semicolon, the
 * statements are those of `aws configure export-credentials`.
 */
export function formatPowershell(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) =>
    isPlain(value) ? `$Env:${name}="${value}";\n` : `$Env:${name}=${quoteForPowershell(value)};\n`,
  );
}
