import { formatVariables, unfit } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * Writes `set` statements for a batch file or `for /f "delims=" %i in ('…') do @%i`. Within `set "…"`, cmd.exe takes
 * everything literally except `"`, which ends the value, `%` and `!`, which it expands in only one of the two uses, and
 * non-ASCII characters, which depend on its code page.
 *
 * @throws UsageError `ERR_OUTPUT` for a value that contains one of those.
 */
export function formatCmd(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => {
    if (!/^[\x20-\x7e]*$/.test(value)) throw unfit(name, "a control or non-ASCII character", "cmd.exe");
    if (/["%!]/.test(value)) throw unfit(name, 'one of " % !', "cmd.exe");
    return `set "${name}=${value}"\r\n`;
  });
}
