import { formatVariables, unfit } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { setting } from "../../message.js";

/**
 * Writes bare `NAME=value` lines. `docker run --env-file`, `$GITHUB_ENV`, systemd's `EnvironmentFile=` and a shell's
 * `set -a; . FILE` disagree on quotes and comments, so only characters that all of them take literally are written. All
 * values that AWS issues consist of those.
 *
 * @throws UsageError `ERR_OUTPUT` for any other value.
 */
export function formatEnvFile(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => {
    if (!/^[\w+/=.:,@%-]*$/.test(value)) {
      throw unfit(
        name,
        "a character that some reader of bare NAME=value lines interprets",
        setting("format", "env-file"),
      );
    }
    return `${name}=${value}\n`;
  });
}
