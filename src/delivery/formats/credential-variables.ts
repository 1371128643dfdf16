import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { formatExpiration } from "../process-document.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** One environment variable: its name and its value. */
export type Variable = readonly [name: string, value: string];

/**
 * Returns the environment variables for credentials. The region has both names, because each reader knows only one.
 *
 * @throws UsageError `ERR_OUTPUT` when a value contains a control character: AWS issues no such value, and in a file or
 *   a shell a line end would start a new statement.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
export function credentialVariables(credentials: DeliveredCredentials): readonly Variable[] {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, region } = credentials;
  const variables: Variable[] = [
    ["AWS_ACCESS_KEY_ID", accessKeyId],
    ["AWS_SECRET_ACCESS_KEY", secretAccessKey],
  ];
  if (sessionToken !== undefined) variables.push(["AWS_SESSION_TOKEN", sessionToken]);
  if (expiration !== undefined) variables.push(["AWS_CREDENTIAL_EXPIRATION", formatExpiration(expiration)]);
  if (region !== undefined) variables.push(["AWS_REGION", region], ["AWS_DEFAULT_REGION", region]);
  for (const [name, value] of variables) {
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) throw unfit(name, "a control character", "an environment variable");
  }
  return variables;
}

/**
 * Writes one statement for each variable.
 *
 * @throws UsageError `ERR_OUTPUT`
 */
export function formatVariables(credentials: DeliveredCredentials, statement: (variable: Variable) => string): string {
  return credentialVariables(credentials)
    .map((variable) => statement(variable))
    .join("");
}

/** Creates the error for a value that a format cannot represent. The value may be the secret key and is not shown. */
export function unfit(name: string, found: string, form: Text): UsageError {
  return new UsageError(
    "ERR_OUTPUT",
    message`the value of ${name} holds ${found}, which ${form} cannot carry unchanged`,
    {
      hints: [message`ask for ${setting("format", "json")}, which carries any value`],
    },
  );
}
