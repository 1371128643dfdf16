import { oneLine } from "../../printable.js";
import { formatExpiration } from "../process-document.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * Writes aligned lines for people.
 *
 * @param inPlaceOfSecrets Replaces the secret key and the token, as on a terminal.
 */
export function formatText(credentials: DeliveredCredentials, inPlaceOfSecrets?: string): string {
  const { expiration } = credentials;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Access key ID", credentials.accessKeyId],
    ["Secret access key", inPlaceOfSecrets ?? credentials.secretAccessKey],
    [
      "Session token",
      credentials.sessionToken === undefined ? undefined : (inPlaceOfSecrets ?? credentials.sessionToken),
    ],
    ["Expiration", expiration === undefined ? undefined : formatExpiration(expiration)],
    ["Region", credentials.region],
    ["Assumed role ARN", credentials.assumedRoleArn],
    ["Assumed role ID", credentials.assumedRoleId],
  ];
  return rows
    .filter((row): row is readonly [string, string] => row[1] !== undefined)
    .map(([label, value]) => `${`${label}:`.padEnd(20)}${oneLine(value)}\n`)
    .join("");
}
