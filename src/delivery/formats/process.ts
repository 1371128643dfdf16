import { formatExpiration } from "../process-document.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";

/**
 * The `credential_process` document with the region after the documented members. Readers ignore members that they do
 * not know.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function formatProcess(credentials: DeliveredCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, region } = credentials;
  const document = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration === undefined ? undefined : formatExpiration(expiration),
    Region: region,
  };
  return `${JSON.stringify(document)}\n`;
}
