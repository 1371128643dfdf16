import type { AwsCredentials } from "../aws/credentials.js";

/** Gives credentials that end; asked for new ones with `forceRefresh`, which one without a memory may ignore. */
export type ServedProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<AwsCredentials>;

/** Options of {@link startCredentialServer}. */
export interface StartCredentialServerOptions {
  /** Whose credentials are served, such as `fromRolesAnywhere` gives; they must have a session token and an end. */
  readonly provider: ServedProvider;
  /** ARN of the role that they are of: the metadata service names it, and both dialects tell its account. */
  readonly roleArn: string;
  /** IP address to listen on; default `127.0.0.1`. An address that others reach is refused unless `allowRemote`. */
  readonly host?: string | undefined;
  /** Default 0: any free one. */
  readonly port?: number | undefined;
  /** Default false. */
  readonly allowRemote?: boolean | undefined;
  /** Serves container credentials, which ask for the token; default true. */
  readonly container?: boolean | undefined;
  /** Serves as the EC2 instance metadata service, version 2, which any process on the machine may ask; default false. */
  readonly metadata?: boolean | undefined;
  /** What readers send as `Authorization`; at least 16 printable ASCII characters. Default: 256 random bits. */
  readonly token?: string | undefined;
  /** What the metadata service's region paths answer, and `AWS_REGION` of the environments; default: neither. */
  readonly region?: string | undefined;
  /** A chain of certificates and its key as PEM, for HTTPS; default: HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Told when a renewal fails; it is tried again, and the session that is there is served until it ends. */
  readonly onRenewalFailed?: ((error: unknown) => void) | undefined;
}

/** A running credential server. */
export interface CredentialServer extends AsyncDisposable {
  /** `http://127.0.0.1:40123`, without a final slash. */
  readonly url: string;
  readonly port: number;
  /** The secret of the container endpoint. */
  readonly token: string;
  /** `AWS_CONTAINER_CREDENTIALS_FULL_URI` and the like: what a reader needs besides its own environment. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * The environment of a child that shall use this server and nothing else.
   *
   * @param base Variables to begin with; those that compete with the server are left out. Default: the process's own.
   */
  environment(base?: Readonly<Record<string, string | undefined>>): Record<string, string | undefined>;
  /** Stops renewing and listening; answers under way may finish, for at most a second. May be called again. */
  close(): Promise<void>;
}
