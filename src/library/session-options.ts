import type { AssumeRoleParameters } from "../aws/assume-role.js";
import type { ExchangeTimeouts } from "../aws/http/exchange.js";
import type { IdentityOptions } from "./identity-options.js";

/** The three ARNs of a session: of one account, trust anchor and profile of one region, or aliases of these two. */
export interface SessionArns {
  /** `arn:aws:rolesanywhere:REGION:ACCOUNT:trust-anchor/ID`; its region is where CreateSession goes. */
  readonly trustAnchorArn: string;
  /** `arn:aws:rolesanywhere:REGION:ACCOUNT:profile/ID` */
  readonly profileArn: string;
  /** `arn:aws:iam::ACCOUNT:role/NAME`: the role that the session is for. */
  readonly roleArn: string;
}

/** How AWS is reached. */
export interface ConnectionOptions {
  /**
   * Region of the calls, such as `eu-central-1`. Default for CreateSession: the trust anchor's, which is the only one
   * that knows it. Default for role chaining: the region of the client that asks, then the session's.
   */
  readonly region?: string | undefined;
  /** URL of an STS endpoint for role chaining and scopes; default: `AWS_ENDPOINT_URL_STS`, then the region's own. */
  readonly stsEndpoint?: string | undefined;
  /** Calls the FIPS endpoints; default: `AWS_USE_FIPS_ENDPOINT`, then the profile. */
  readonly useFipsEndpoint?: boolean | undefined;
  /** Calls the dual-stack endpoints; default: `AWS_USE_DUALSTACK_ENDPOINT`, then the profile. */
  readonly useDualstackEndpoint?: boolean | undefined;
  /** False accepts any server certificate, for trials alone; default true. */
  readonly verifySsl?: boolean | undefined;
  /** Path of a PEM file with the roots to trust in place of the usual ones; default: `AWS_CA_BUNDLE`, then the profile. */
  readonly caBundle?: string | undefined;
  /** URL of a proxy (`http://`, `https://`, `socks5://`), empty for none; default: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` of the process. */
  readonly proxy?: string | undefined;
  /** Time limits; each that is left out keeps its default. */
  readonly timeouts?: Partial<ExchangeTimeouts> | undefined;
  /** Ends the calls under way; they reject with the signal's reason, and so does every later one. */
  readonly signal?: AbortSignal | undefined;
  /** Hears each step, one line at a time, without secrets: settings and their origin, attempts, what the cache did. */
  readonly debug?: ((line: string) => void) | undefined;
  /** In place of `process.env`, for AWS's endpoint, CA and FIPS variables, `env:NAME` and the cache's folder. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Scopes a session down by STS GetScopedCredentials: the same role and session, with fewer permissions or a shorter life. */
export interface ScopeOptions {
  /**
   * Ready-made scopes, such as `s3-read=BUCKET/PREFIX` or `dynamodb-read=TABLE`: together they are one policy. Excludes
   * `policy`.
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * An IAM policy, as an object or JSON text of at most 2048 characters; or up to three of them, of which the session may
   * do what all allow.
   */
  readonly policy?: string | object | readonly object[] | undefined;
  /** When the scoped session ends, 1-129600 seconds from now; never after the session itself. Default: with it. */
  readonly durationSeconds?: number | undefined;
  /** What the session is for, 2-256 characters; CloudTrail logs it. */
  readonly description?: string | undefined;
}

/** What a session is asked for, with what, and where. */
export interface SessionSettings extends IdentityOptions, ConnectionOptions {
  /** Length of the session in seconds, 900-43200, default 3600; the Roles Anywhere profile may shorten it. */
  readonly sessionDurationSeconds?: number | undefined;
  /** 2-64 characters of `[\w+=,.@-]`; the profile must accept session names. Default: the certificate's serial number. */
  readonly roleSessionName?: string | undefined;
  /** What describes the caller to a profile with `requireInstanceProperties`. */
  readonly instanceProperties?: Readonly<Record<string, string>> | undefined;
  /** Limits the session, after role chaining. The role needs the permission `sts:GetScopedCredentials`. */
  readonly scope?: ScopeOptions | undefined;
  /** URL of the Roles Anywhere endpoint; default: `AWS_ENDPOINT_URL_ROLESANYWHERE`, then the region's own. */
  readonly endpoint?: string | undefined;
}

/** Settings that a profile of the AWS config file completes. */
export interface ProfileSettings {
  /**
   * Profile in the AWS config file (`AWS_CONFIG_FILE`, else `~/.aws/config`) whose `rolesanywhere_*` keys stand in for
   * the options that are left out. With it no option is required. Of the profile of `AWS_PROFILE` only AWS's own keys count.
   */
  readonly settingsProfile: string;
}

/** Settings of one session: the three ARNs, or a profile that holds them. */
export type SessionOptions = SessionSettings & (SessionArns | (ProfileSettings & Partial<SessionArns>));

/** The on-disk cache, shared with the executable. */
export interface CacheOptions {
  /** Folder of the cache; default: the executable's, such as `~/.cache/rolesanywhere-ts`. */
  readonly directory?: string | undefined;
  /** Renew when so much of a session is left, in seconds, 0-43200; default 1200, or a third of a short session. */
  readonly windowSeconds?: number | undefined;
}

/** What a provider can do besides a session. */
export interface ProviderOptions {
  /** Roles to go on to by STS AssumeRole, in order, at most 8; the last one's credentials are what the provider gives. */
  readonly hops?: readonly AssumeRoleParameters[] | undefined;
  /** Shares sessions with other processes and the executable through its cache on disk; default false. */
  readonly cache?: boolean | CacheOptions | undefined;
  /**
   * Told of each renewal that gave a session: a new one, or the one that the cache has. What a hook throws is an uncaught
   * exception of the program, not a failed renewal.
   */
  readonly onRenewed?: ((renewal: Renewal) => void) | undefined;
  /** Told of each renewal that failed; the session before it goes on being given until it ends. */
  readonly onRenewalFailed?: ((failure: FailedRenewal) => void) | undefined;
}

/** A session, and when it is renewed. */
export interface Renewal {
  readonly expiration: Date;
  /** From when on the next call obtains another one. */
  readonly renewAt: Date;
}

/** A renewal that failed. */
export interface FailedRenewal {
  /** As the provider would throw it. */
  readonly error: unknown;
  /** Failures since the last success, at least 1. */
  readonly attempts: number;
  /** From when on a call tries again. */
  readonly retryAt: Date;
}
