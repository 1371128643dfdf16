import { formatVariables, unfit } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { setting } from "../../message.js";

/**
 * A `.env` file. Its readers differ in escapes and in what they expand, and agree on one thing: between single quotes
 * everything but a quote, a backslash, `$` and a line end is literal.
 *
 * @throws UsageError `ERR_OUTPUT` for a value that holds one of those.
 */
export function formatDotenv(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => {
    if (/['\\$\p{Cc}\u2028\u2029]/u.test(value)) {
      throw unfit(name, "a quote, a backslash, $ or a control character", setting("format", "dotenv"));
    }
    return `${name}='${value}'\n`;
  });
}
