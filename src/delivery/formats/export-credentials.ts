import { setting } from "../../message.js";
import { credentialVariables, unfit } from "./credential-variables.js";
import type { Variable } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * Writes the formats of `aws configure export-credentials` byte for byte as the AWS CLI does: no region, and no quotes.
 *
 * @see https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
 */
export function formatExportCredentials(
  format: "env" | "env-no-export" | "windows-cmd",
): (credentials: DeliveredCredentials) => string {
  const word = { env: "export ", "env-no-export": "", "windows-cmd": "set " }[format];
  return (credentials) =>
    credentialVariables({ ...credentials, region: undefined })
      .map(([name, value]): Variable => {
        if (!isPlain(value)) throw unfit(name, "a character that a shell interprets", setting("format", format));
        return [name, name === "AWS_CREDENTIAL_EXPIRATION" ? withOffset(value) : value];
      })
      .map(([name, value]) => `${word}${name}=${value}\n`)
      .join("");
}

/** Writes `2026-11-22T10:11:12+00:00`: the AWS CLI writes UTC as an offset. */
export function withOffset(expiration: string): string {
  return expiration.replace(/Z$/, "+00:00");
}

/** Tells whether no shell interprets any character of the value, quoted or not. AWS issues only such values. */
export function isPlain(value: string): boolean {
  return /^[\w+/=.:,@-]*$/.test(value);
}
