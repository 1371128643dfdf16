import type { AwsCredentials } from "../aws/credentials.js";

/** Returns credentials that expire. `forceRefresh` asks for new ones; a provider that keeps none may ignore it. */
export type ServedProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<AwsCredentials>;

/** Options of {@link startCredentialServer}. */
export interface StartCredentialServerOptions {
  /** Provides the credentials, such as `fromRolesAnywhere`; they must have a session token and an expiration. */
  readonly provider: ServedProvider;
  /** ARN of the role of these credentials: the metadata service returns its name, and both dialects its account. */
  readonly roleArn: string;
  /** IP address to listen on; default `127.0.0.1`. An address that other machines can reach requires `allowRemote`. */
  readonly host?: string | undefined;
  /** Port to listen on. Default 0: any free one. */
  readonly port?: number | undefined;
  /** Allows `host` to be an address that other machines can reach; default false. */
  readonly allowRemote?: boolean | undefined;
  /** Serves container credentials, which require the token; default true. */
  readonly container?: boolean | undefined;
  /** Serves the EC2 instance metadata service, version 2, to any process on the machine; default false. */
  readonly metadata?: boolean | undefined;
  /** The `Authorization` that readers send; at least 16 printable ASCII characters. Default: 256 random bits. */
  readonly token?: string | undefined;
  /** The region for the metadata service's region paths and `AWS_REGION` of the environments; default: neither. */
  readonly region?: string | undefined;
  /** A certificate chain and its key as PEM, for HTTPS; default: HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Called when a refresh fails. It is retried, and the current session is served until it expires. */
  readonly onRenewalFailed?: ((error: unknown) => void) | undefined;
}

/** A running credential server. */
export interface CredentialServer extends AsyncDisposable {
  /** `http://127.0.0.1:40123`, without a final slash. */
  readonly url: string;
  readonly port: number;
  /** The secret of the container endpoint. */
  readonly token: string;
  /** The variables that an AWS SDK needs, such as `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Returns an environment for a child process that uses only this server.
   *
   * @param base Variables to start from; those that compete with the server are removed. Default: the process's own.
   */
  environment(base?: Readonly<Record<string, string | undefined>>): Record<string, string | undefined>;
  /** Stops refreshing and listening. Responses in progress have one second to finish. Can be called more than once. */
  close(): Promise<void>;
}
