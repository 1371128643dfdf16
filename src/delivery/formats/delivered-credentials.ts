import type { AwsCredentials } from "../../aws/credentials.js";

/** Credentials on their way to the caller, with what a reader needs beside the keys. */
export interface DeliveredCredentials extends AwsCredentials {
  readonly region?: string | undefined;
  /** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` */
  readonly assumedRoleArn?: string | undefined;
  /** `AROA…:SESSION` */
  readonly assumedRoleId?: string | undefined;
}
