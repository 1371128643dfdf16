import { formatVariables, unfit } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { setting } from "../../message.js";

/**
 * Writes a `.env` file. Readers differ in escapes and expansion, but all take everything between single quotes
 * literally except a quote, a backslash, `$` and a line end.
 *
 * @throws UsageError `ERR_OUTPUT` for a value that contains one of those.
 */
export function formatDotenv(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => {
    if (/['\\$\p{Cc}\u2028\u2029]/u.test(value)) {
      throw unfit(name, "a quote, a backslash, $ or a control character", setting("format", "dotenv"));
    }
    return `${name}='${value}'\n`;
  });
}
