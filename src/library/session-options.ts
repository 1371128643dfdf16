import type { AssumeRoleParameters } from "../aws/assume-role.js";
import type { ExchangeTimeouts } from "../aws/http/exchange.js";
import type { IdentityOptions } from "./identity-options.js";

/** The three ARNs of a session, all of one account; trust anchor and profile of one region, or aliases of these two. */
export interface SessionArns {
  /** `arn:aws:rolesanywhere:REGION:ACCOUNT:trust-anchor/ID`; CreateSession is called in its region. */
  readonly trustAnchorArn: string;
  /** `arn:aws:rolesanywhere:REGION:ACCOUNT:profile/ID` */
  readonly profileArn: string;
  /** `arn:aws:iam::ACCOUNT:role/NAME`: the role of the session. */
  readonly roleArn: string;
}

/** How to connect to AWS. */
export interface ConnectionOptions {
  /**
   * Region of the calls, such as `eu-central-1`. Default for CreateSession: the trust anchor's, which is the only one
   * that knows it. Default for role chaining: the region of the calling client, then the session's.
   */
  readonly region?: string | undefined;
  /** URL of an STS endpoint for role chaining and scopes; default: `AWS_ENDPOINT_URL_STS`, then the region's own. */
  readonly stsEndpoint?: string | undefined;
  /** Uses FIPS endpoints; default: `AWS_USE_FIPS_ENDPOINT`, then the profile. */
  readonly useFipsEndpoint?: boolean | undefined;
  /** Uses dual-stack endpoints; default: `AWS_USE_DUALSTACK_ENDPOINT`, then the profile. */
  readonly useDualstackEndpoint?: boolean | undefined;
  /** False accepts any server certificate, only for tests; default true. */
  readonly verifySsl?: boolean | undefined;
  /**
   * Path of a PEM file with CA certificates to trust; default: `AWS_CA_BUNDLE`, then the profile, then the usual ones.
   */
  readonly caBundle?: string | undefined;
  /** URL of a proxy (`http://`, `https://`, `socks5://`), empty for none; default: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` of the process. */
  readonly proxy?: string | undefined;
  /** Time limits; an omitted one keeps its default. */
  readonly timeouts?: Partial<ExchangeTimeouts> | undefined;
  /** Cancels calls in progress. These and all later calls reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each step as one line, without secrets: settings and their origin, attempts, cache hits and misses. */
  readonly debug?: ((line: string) => void) | undefined;
  /** Replaces `process.env`, for AWS's endpoint, CA and FIPS variables, `env:NAME` and the cache's folder. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Limits a session with STS GetScopedCredentials: the same role, with fewer permissions or a shorter life. */
export interface ScopeOptions {
  /**
   * Ready-made scopes, such as `s3-read=BUCKET/PREFIX` or `dynamodb-read=TABLE`, combined into one policy. Excludes
   * `policy`.
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * An IAM policy, as an object or JSON text of at most 2048 characters; or up to three of them. The session may do
   * what all of them allow.
   */
  readonly policy?: string | object | readonly object[] | undefined;
  /** Duration of the scoped session, 1-129600 seconds; it never outlives the session itself. Default: the session's. */
  readonly durationSeconds?: number | undefined;
  /** The purpose of the session, 2-256 characters; CloudTrail logs it. */
  readonly description?: string | undefined;
}

/** What to request, with which identity, and where. */
export interface SessionSettings extends IdentityOptions, ConnectionOptions {
  /** Duration of the session in seconds, 900-43200, default 3600; the Roles Anywhere profile may shorten it. */
  readonly sessionDurationSeconds?: number | undefined;
  /** 2-64 characters of `[\w+=,.@-]`; the profile must accept session names. Default: the certificate's serial number. */
  readonly roleSessionName?: string | undefined;
  /** Describes the caller to a profile with `requireInstanceProperties`. */
  readonly instanceProperties?: Readonly<Record<string, string>> | undefined;
  /** Limits the session, after role chaining. The role needs the permission `sts:GetScopedCredentials`. */
  readonly scope?: ScopeOptions | undefined;
  /** URL of the Roles Anywhere endpoint; default: `AWS_ENDPOINT_URL_ROLESANYWHERE`, then the region's own. */
  readonly endpoint?: string | undefined;
}

/** Settings from a profile of the AWS config file. */
export interface ProfileSettings {
  /**
   * Profile in the AWS config file (`AWS_CONFIG_FILE`, else `~/.aws/config`) whose `rolesanywhere_*` keys replace
   * omitted options. With it, no option is required. Of the profile in `AWS_PROFILE`, only AWS's own keys are used.
   */
  readonly settingsProfile: string;
}

/** Settings of one session: the three ARNs, or a profile that contains them. */
export type SessionOptions = SessionSettings & (SessionArns | (ProfileSettings & Partial<SessionArns>));

/** The on-disk cache, shared with the executable. */
export interface CacheOptions {
  /** Folder of the cache; default: the executable's, such as `~/.cache/rolesanywhere-ts`. */
  readonly directory?: string | undefined;
  /** Refreshes a session when this many seconds are left, 0-43200; default 1200, or a third of a short session. */
  readonly windowSeconds?: number | undefined;
}

/** Options of a provider, besides those of a session. */
export interface ProviderOptions {
  /** Roles to assume with STS AssumeRole, in order, at most 8; the provider returns the credentials of the last one. */
  readonly hops?: readonly AssumeRoleParameters[] | undefined;
  /** Shares sessions with other processes and the executable through the cache on disk; default false. */
  readonly cache?: boolean | CacheOptions | undefined;
  /**
   * Called after each successful refresh, from AWS or from the cache. An exception in a hook is an uncaught exception
   * of the program, not a failed refresh.
   */
  readonly onRenewed?: ((renewal: Renewal) => void) | undefined;
  /** Called after each failed refresh; the current session is returned until it expires. */
  readonly onRenewalFailed?: ((failure: FailedRenewal) => void) | undefined;
}

/** A refreshed session. */
export interface Renewal {
  readonly expiration: Date;
  /** The next call after this time gets a new session. */
  readonly renewAt: Date;
}

/** A failed refresh. */
export interface FailedRenewal {
  /** The error that the provider would throw. */
  readonly error: unknown;
  /** Failures since the last success, at least 1. */
  readonly attempts: number;
  /** The next call after this time retries. */
  readonly retryAt: Date;
}
