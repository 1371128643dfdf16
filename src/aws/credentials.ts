/** Temporary credentials from STS and Roles Anywhere. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Any AWS credentials, in the shape that clients of the AWS SDK for JavaScript v3 accept and return. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly accountId?: string;
}

/** Returns valid credentials on each call and refreshes them when needed. */
export type CredentialProvider = () => Promise<AwsCredentials>;
