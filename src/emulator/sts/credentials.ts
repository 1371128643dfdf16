import type { IssuedCredentials } from "../signature/session-token.js";
import { formatTimestamp } from "../signature/timestamp.js";

/** The Credentials structure of STS. */
export function describeCredentials({ accessKeyId, secretAccessKey, sessionToken, expiration }: IssuedCredentials) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: formatTimestamp(expiration),
  };
}
