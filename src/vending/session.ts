import type { RoleArnText } from "../aws/arn.js";
import type { SessionCredentials } from "../aws/credentials.js";
import type { Region } from "../aws/region.js";

/** What a vend gives: credentials, and whose they are. */
export interface Session extends SessionCredentials {
  /** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`; absent when the service did not say. */
  readonly assumedRoleArn?: string | undefined;
  /** `AROA…:SESSION`; only STS says it. */
  readonly assumedRoleId?: string | undefined;
  /** Percent of the space for session policies and tags; only STS says it. */
  readonly packedPolicySize?: number | undefined;
  /** Only STS says it. */
  readonly sourceIdentity?: string | undefined;
  readonly roleArn: RoleArnText;
  readonly region: Region;
}
