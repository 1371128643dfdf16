import type { AwsCredentials } from "../aws/credentials.js";
import { partitionOfRegion } from "../aws/partition.js";
import { createHmacScheme } from "./hmac-scheme.js";
import { presignTarget } from "./presign.js";
import { encodeText } from "./encoding.js";
import { sha256Hex } from "./string-to-sign.js";

/** The subject of a token; each kind uses some of the members. */
export interface TokenSubject {
  /** `HOST` or `HOST:PORT` of a database, or the name of a cache. */
  readonly host: string;
  readonly user: string;
  /** Name or ID of an EKS cluster. */
  readonly cluster: string;
  /** Whether the token is for the administrator of a DSQL cluster. */
  readonly admin: boolean;
  /** Whether the cache is serverless. */
  readonly serverless: boolean;
}

export type TokenMember = keyof TokenSubject;

interface TokenKind {
  /** The signing name. */
  readonly service: string;
  readonly method: "GET" | "POST";
  readonly authority: (subject: TokenSubject, region: string) => string;
  readonly query: (subject: TokenSubject) => Readonly<Record<string, string>>;
  readonly headers?: (subject: TokenSubject) => Readonly<Record<string, string>>;
  readonly seconds: { readonly default: number; readonly max: number };
  /** Seconds after signing until readers must request a new token; default: the validity of the URL. */
  readonly validSeconds?: number;
  /** Builds the token from the URL without its scheme. */
  readonly format: (url: string) => string;
}

const quarterHour = { default: 900, max: 900 } as const;
const fromSubject = ({ host }: TokenSubject) => host;
const connect = ({ user, serverless }: TokenSubject) => ({
  Action: "connect",
  User: user,
  ...(serverless ? { ResourceType: "ServerlessCache" } : {}),
});

/**
 * Presigned URLs that services accept as passwords or bearer tokens, in the format of AWS's own tools.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export const tokenKinds = {
  eks: {
    service: "sts",
    method: "GET",
    authority: (_, region) => `sts.${region}.${partitionOfRegion(region).dnsSuffix}`,
    query: () => ({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
    headers: ({ cluster }) => ({ "x-k8s-aws-id": cluster }),
    seconds: { default: 60, max: 900 },
    // EKS accepts a token for 15 minutes, whatever its URL says.
    validSeconds: 840,
    format: (url) => `k8s-aws-v1.${Buffer.from(`https://${url}`).toString("base64url")}`,
  },
  rds: {
    service: "rds-db",
    method: "GET",
    authority: fromSubject,
    query: ({ user }) => ({ Action: "connect", DBUser: user }),
    seconds: quarterHour,
    format: (url) => url,
  },
  dsql: {
    service: "dsql",
    method: "GET",
    authority: fromSubject,
    query: ({ admin }) => ({ Action: admin ? "DbConnectAdmin" : "DbConnect" }),
    seconds: { default: 900, max: 604_800 },
    format: (url) => url,
  },
  msk: {
    service: "kafka-cluster",
    method: "GET",
    authority: (_, region) => `kafka.${region}.amazonaws.com`,
    query: () => ({ Action: "kafka-cluster:Connect" }),
    seconds: quarterHour,
    format: (url) => Buffer.from(`https://${url}`).toString("base64url"),
  },
  elasticache: {
    service: "elasticache",
    method: "GET",
    authority: fromSubject,
    query: connect,
    seconds: quarterHour,
    format: (url) => url,
  },
  memorydb: {
    service: "memorydb",
    method: "GET",
    authority: fromSubject,
    query: connect,
    seconds: quarterHour,
    format: (url) => url,
  },
  bedrock: {
    service: "bedrock",
    method: "POST",
    authority: () => "bedrock.amazonaws.com",
    query: () => ({ Action: "CallWithBearerToken" }),
    seconds: { default: 43_200, max: 43_200 },
    format: (url) => `bedrock-api-key-${Buffer.from(`${url}&Version=1`).toString("base64")}`,
  },
} as const satisfies Record<string, TokenKind>;

export type PresignedTokenKind = keyof typeof tokenKinds;

export interface TokenRequest {
  readonly kind: PresignedTokenKind;
  readonly subject: TokenSubject;
  readonly region: string;
  readonly seconds: number;
  /** Appended unsigned to MSK's URL, as AWS's own signer does: `rolesanywhere-ts/1.2.3`. */
  readonly userAgent: string;
}

export interface ServiceToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Creates a token. It expires no later than its session. */
export async function createPresignedToken(
  { kind, subject, region, seconds, userAgent }: TokenRequest,
  credentials: AwsCredentials,
  now: Date,
): Promise<ServiceToken> {
  const row: TokenKind = tokenKinds[kind];
  const authority = row.authority(subject, region);
  const query = Object.entries(row.query(subject)).map(([name, value]) => `${name}=${encodeText(value)}`);
  const headers = Object.entries(row.headers?.(subject) ?? {});
  const { target } = await presignTarget(
    { method: row.method, target: `/?${query.join("&")}`, headers: [["host", authority], ...headers] },
    {
      scheme: createHmacScheme(credentials, row.service, region),
      now,
      pathSigning: "normalized",
      payloadHash: sha256Hex(""),
      tokenUnsigned: false,
    },
    seconds,
  );
  const unsigned = kind === "msk" ? `&User-Agent=${encodeText(userAgent)}` : "";
  const ends = [now.getTime() + (row.validSeconds ?? seconds) * 1000, credentials.expiration?.getTime() ?? Infinity];
  return {
    token: row.format(`${authority}${target}${unsigned}`),
    expiresAt: new Date(Math.floor(Math.min(...ends) / 1000) * 1000),
  };
}
