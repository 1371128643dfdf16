import { homedir } from "node:os";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import type { AwsCredentials } from "../aws/credentials.js";
import { readSettingSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import { keepFresh } from "../vending/keep-fresh.js";
import { vend } from "../vending/vend.js";

/** Settings of {@link fromRolesAnywhere}; each is the flag of the same name. */
export interface FromRolesAnywhereOptions {
  /** ARN of the trust anchor; its region is the default region. */
  readonly trustAnchorArn: string;
  /** ARN of the Roles Anywhere profile. */
  readonly profileArn: string;
  /** ARN of the role that the session is for. */
  readonly roleArn: string;
  /** Path of the certificate: PEM, which may hold the chain and the key, or PKCS#12; or a `pkcs11:` URI. */
  readonly certificate: string;
  /** Path of the private key; default: the certificate's own file. */
  readonly privateKey?: string;
  /** Path of a PEM file of intermediate certificates. */
  readonly intermediates?: string;
  /** Password of an encrypted PKCS#8 key. */
  readonly pkcs8Password?: string;
  /** Password of a PKCS#12 file. */
  readonly pkcs12Password?: string;
  /** Length of the session in seconds, 900-43200; default 3600. */
  readonly sessionDurationSeconds?: number;
  /** 2-64 characters of `[\w+=,.@-]`; the profile must accept session names. */
  readonly roleSessionName?: string;
  /** Default: the trust anchor's region. */
  readonly region?: string;
  /** URL of the Roles Anywhere endpoint; default: the region's own. */
  readonly endpoint?: string;
  /** Roles to go on to by STS AssumeRole, in order. */
  readonly hops?: readonly AssumeRoleParameters[];
  /** Default: the process's environment, for proxies and AWS's endpoint variables. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Credentials for any AWS SDK for JavaScript v3 client; renewed ahead of their end, one call to AWS at a time. */
export type RolesAnywhereProvider = () => Promise<AwsCredentials & { readonly expiration: Date }>;

/**
 * Creates a credential provider that trades an X.509 certificate for sessions of a role through IAM Roles Anywhere.
 *
 * Certificate and key are read again at each renewal, so renewed files count without a restart. The provider keeps its
 * session in memory and starts nothing before its first call.
 *
 * @throws UsageError `ERR_ARN`, `ERR_SETTING` at once when a setting is wrong. The provider itself rejects with
 * IdentityError, ServiceError or NetworkError.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 * @example
 * ```ts
 * import { S3Client } from "@aws-sdk/client-s3";
 * import { fromRolesAnywhere } from "rolesanywhere-ts";
 *
 * const client = new S3Client({
 *   region: "us-east-1",
 *   credentials: fromRolesAnywhere({
 *     certificate: "client.pem",
 *     privateKey: "client.key",
 *     trustAnchorArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
 *     profileArn: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
 *     roleArn: "arn:aws:iam::111122223333:role/ROLE_NAME",
 *   }),
 * });
 * ```
 */
export function fromRolesAnywhere(options: FromRolesAnywhereOptions): RolesAnywhereProvider {
  // oxlint-disable-next-line node/no-process-env -- a library has no process boundary of its own to read it at
  const variables = options.environment ?? process.env;
  const environment = {
    variables: withoutOwn(variables),
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    platform: process.platform,
  };
  const settings = resolveVendSettings(readSettingSources(flagsOf(options), undefined, environment));
  const session = keepFresh({
    vend: () =>
      vend(settings, {
        ...environment,
        prompt: undefined,
        debug: () => undefined,
        now: () => new Date(),
        random: Math.random,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
  });
  return () => session.get();
}

function flagsOf(options: FromRolesAnywhereOptions): Readonly<Record<string, string | number | undefined>> {
  return {
    "trust-anchor-arn": options.trustAnchorArn,
    "profile-arn": options.profileArn,
    "role-arn": options.roleArn,
    certificate: options.certificate,
    "private-key": options.privateKey,
    intermediates: options.intermediates,
    "pkcs8-password": options.pkcs8Password,
    "pkcs12-password": options.pkcs12Password,
    "session-duration": options.sessionDurationSeconds,
    "role-session-name": options.roleSessionName,
    region: options.region,
    endpoint: options.endpoint,
    hops: options.hops === undefined || options.hops.length === 0 ? undefined : JSON.stringify(options.hops),
  };
}

/** A library is configured by its arguments: the command's own environment variables do not reach it. */
function withoutOwn(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("ROLESANYWHERE_TS_")));
}
