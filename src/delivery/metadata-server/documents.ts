import type { RoleArn } from "../../aws/arn.js";
import { roleName } from "../../aws/arn.js";
import type { SessionCredentials } from "../../aws/credentials.js";
import { formatExpiration } from "../process-document.js";

/**
 * Formats the container credentials document.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function formatContainerDocument(credentials: SessionCredentials, accountId: string | undefined): string {
  return JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatExpiration(credentials.expiration),
    AccountId: accountId,
  });
}

/**
 * Formats the security credentials document of the instance metadata service; one SDK requires `Code` to be `Success`.
 *
 * @param extension Additional members of the extended document. EC2 sends none here, and some readers reject them.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
export function formatMetadataDocument(
  credentials: SessionCredentials,
  obtainedAt: Date,
  extension?: { readonly accountId: string },
): string {
  return JSON.stringify({
    Code: "Success",
    LastUpdated: formatExpiration(obtainedAt),
    Type: "AWS-HMAC",
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatExpiration(credentials.expiration),
    AccountId: extension?.accountId,
  });
}

/** Formats an instance profile with the role's name. One SDK reads it before it requests credentials. */
export function formatProfileDocument(roleArn: RoleArn, obtainedAt: Date): string {
  const { partition, accountId } = roleArn;
  return JSON.stringify({
    Code: "Success",
    LastUpdated: formatExpiration(obtainedAt),
    InstanceProfileArn: `arn:${partition}:iam::${accountId}:instance-profile/${roleName(roleArn)}`,
  });
}

/** Formats the instance identity document. SDKs read only its region. */
export function formatIdentityDocument(region: string, accountId: string): string {
  return JSON.stringify({ version: "2017-09-30", accountId, region, availabilityZone: `${region}a` });
}

/** Formats an error in both spellings that SDKs look for. */
export function formatErrorDocument(code: string, message: string): string {
  return JSON.stringify({ code, message, Code: code, Message: message });
}
