import type { AwsCredentials } from "../../aws/credentials.js";

/** Credentials to deliver, with what a reader needs besides the keys. */
export interface DeliveredCredentials extends AwsCredentials {
  readonly region?: string | undefined;
  /** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` */
  readonly assumedRoleArn?: string | undefined;
  /** `AROA…:SESSION` */
  readonly assumedRoleId?: string | undefined;
}
