/** Temporary credentials as STS and Roles Anywhere issue them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Any AWS credentials; the shape that every AWS SDK for JavaScript v3 client takes and returns. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly accountId?: string;
}

/** Gives valid credentials at each call, renewing them when needed. */
export type CredentialProvider = () => Promise<AwsCredentials>;
