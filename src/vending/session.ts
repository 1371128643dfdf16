import type { RoleArnText } from "../aws/arn.js";
import type { SessionCredentials } from "../aws/credentials.js";
import type { Region } from "../aws/region.js";

/** Credentials, and the role that they belong to. */
export interface Session extends SessionCredentials {
  /** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`; absent if the service did not return it. */
  readonly assumedRoleArn?: string | undefined;
  /** `AROA…:SESSION`; only from STS. */
  readonly assumedRoleId?: string | undefined;
  /** Percent of the space for session policies and tags; only from STS. */
  readonly packedPolicySize?: number | undefined;
  /** Only from STS. */
  readonly sourceIdentity?: string | undefined;
  readonly roleArn: RoleArnText;
  readonly region: Region;
}
