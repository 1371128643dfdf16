import { quoteForPosixShell } from "../../printable.js";
import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** Writes `export` statements for `eval "$(…)"` in any POSIX shell. */
export function formatExport(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `export ${name}=${quoteForPosixShell(value)}\n`);
}
