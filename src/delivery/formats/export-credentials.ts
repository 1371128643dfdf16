import { credentialVariables, unfit } from "./credential-variables.js";
import type { Variable } from "./credential-variables.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { setting } from "../../message.js";

/** As `aws configure export-credentials --format env-no-export` prints them: without a region, byte for byte. */
export function formatEnvNoExport(credentials: DeliveredCredentials): string {
  return formatLines(credentials, "env-no-export", ([name, value]) => `${name}=${value}\n`);
}

/** As `aws configure export-credentials --format windows-cmd` prints them: without a region, byte for byte. */
export function formatWindowsCmd(credentials: DeliveredCredentials): string {
  return formatLines(credentials, "windows-cmd", ([name, value]) => `set ${name}=${value}\n`);
}

/** Nothing is quoted, so only characters that no shell interprets are written; AWS issues no others. */
function formatLines(credentials: DeliveredCredentials, format: string, line: (variable: Variable) => string): string {
  return credentialVariables({ ...credentials, region: undefined })
    .map(([name, value]): Variable => {
      if (!/^[\w+/=.:,@-]*$/.test(value))
        throw unfit(name, "a character that a shell interprets", setting("format", format));
      // The AWS CLI writes the time zone as an offset.
      return [name, name === "AWS_CREDENTIAL_EXPIRATION" ? value.replace(/Z$/, "+00:00") : value];
    })
    .map(line)
    .join("");
}
