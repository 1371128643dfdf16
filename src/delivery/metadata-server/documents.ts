import type { RoleArn } from "../../aws/arn.js";
import { roleName } from "../../aws/arn.js";
import type { SessionCredentials } from "../../aws/credentials.js";

/**
 * The container credentials document.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function formatContainerDocument(credentials: SessionCredentials, accountId: string | undefined): string {
  return JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatTimestamp(credentials.expiration),
    AccountId: accountId,
  });
}

/**
 * The security credentials document of the instance metadata service; one SDK insists on `Code` being exactly `Success`.
 *
 * @param extension What the extended document has besides. EC2's own has no such member, and some readers refuse it.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
export function formatMetadataDocument(
  credentials: SessionCredentials,
  obtainedAt: Date,
  extension?: { readonly accountId: string },
): string {
  return JSON.stringify({
    Code: "Success",
    LastUpdated: formatTimestamp(obtainedAt),
    Type: "AWS-HMAC",
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatTimestamp(credentials.expiration),
    AccountId: extension?.accountId,
  });
}

/** The instance profile, which stands for the role here; one SDK looks at it before it asks for credentials. */
export function formatProfileDocument(roleArn: RoleArn, obtainedAt: Date): string {
  const { partition, accountId } = roleArn;
  return JSON.stringify({
    Code: "Success",
    LastUpdated: formatTimestamp(obtainedAt),
    InstanceProfileArn: `arn:${partition}:iam::${accountId}:instance-profile/${roleName(roleArn)}`,
  });
}

/** What SDKs read of the instance identity document: the region, and the account for people. */
export function formatIdentityDocument(region: string, accountId: string): string {
  return JSON.stringify({ version: "2017-09-30", accountId, region, availabilityZone: `${region}a` });
}

/** Errors in both spellings that SDKs look for. */
export function formatErrorDocument(code: string, message: string): string {
  return JSON.stringify({ code, message, Code: code, Message: message });
}

/** Whole seconds in UTC, which every SDK parses. */
function formatTimestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
