import { formatVariables } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** `export` statements for `eval "$(…)"` in any POSIX shell. */
export function formatExport(credentials: DeliveredCredentials): string {
  return formatVariables(credentials, ([name, value]) => `export ${name}=${quoteForPosixShell(value)}\n`);
}

/** Between single quotes a POSIX shell takes everything literally but the quote itself. */
export function quoteForPosixShell(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
