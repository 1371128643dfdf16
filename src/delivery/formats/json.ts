import { formatExpiration } from "../process-document.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/** Writes a JSON object with AWS's member names, for `jq` and programs. */
export function formatJson(credentials: DeliveredCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, region } = credentials;
  const document = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration === undefined ? undefined : formatExpiration(expiration),
    Region: region,
    AssumedRoleArn: credentials.assumedRoleArn,
    AssumedRoleId: credentials.assumedRoleId,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
