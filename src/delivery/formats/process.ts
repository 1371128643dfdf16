import { formatExpiration } from "../process-document.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { withOffset } from "./export-credentials.js";

/**
 * Writes the `credential_process` document byte for byte as `aws configure export-credentials --format process` does.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function formatProcess({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: DeliveredCredentials): string {
  const document = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration === undefined ? undefined : withOffset(formatExpiration(expiration)),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
