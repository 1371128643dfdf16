import { randomBytes } from "node:crypto";

/** Trust anchors, profiles and roles: a JSON file that can be edited while the emulator runs. */
export interface EmulatorState {
  readonly accountId: string;
  readonly region: string;
  readonly trustAnchors: readonly TrustAnchor[];
  readonly profiles: readonly Profile[];
  readonly roles: readonly Role[];
  /** Whether GetWebIdentityToken works. Default true. */
  readonly outboundWebIdentityFederation?: boolean;
  /** Session tokens have at least so many characters. Default 0. */
  readonly minimumSessionTokenSize?: number;
  /** Serial numbers in hex of the certificates on the revocation list of the issuing authority. */
  readonly revokedSerials?: readonly string[];
}

export interface TrustAnchor {
  readonly arn: string;
  /** `corp` makes `arn:…:alias/trust-anchor/corp` work in CreateSession. */
  readonly aliasName?: string;
  readonly enabled: boolean;
  /** Whether the CRL distribution points of a certificate are checked. Default false. */
  readonly crlDpRevocationEnabled?: boolean;
  /** PEM of one or two certificate authorities. */
  readonly certificates: string;
}

export interface Profile {
  readonly arn: string;
  readonly aliasName?: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly durationSeconds: number;
  readonly acceptRoleSessionName: boolean;
  /** Trusted identity propagation; off without it. */
  readonly tipConfiguration?: TipConfiguration;
  readonly roleArns: readonly string[];
}

export interface TipConfiguration {
  readonly status: "ENABLED" | "DISABLED";
  /** Default `x509Subject/CN`. */
  readonly subjectSource?: "x509Subject/CN" | "x509SAN/URI";
  readonly subjectType?: "workload" | "user";
}

export interface Role {
  readonly arn: string;
  readonly roleId: string;
  readonly maxSessionDurationSeconds: number;
  readonly trust: TrustPolicy;
  /** The permissions of its sessions, as an IAM policy document. Everything is allowed without it. */
  readonly policy?: Readonly<Record<string, unknown>>;
}

/** The values of the `aws:OriginIdentity` keys of a session. */
export type OriginIdentity = Readonly<Partial<Record<"Subject" | "SubjectType" | "Issuer", string>>>;

/** The parts of a trust policy that the emulator evaluates. */
export interface TrustPolicy {
  /** `rolesanywhere.amazonaws.com`, or ARNs of roles whose sessions may assume this one. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  /** Condition on sts:ExternalId. */
  readonly externalId?: string;
  /** Condition on aws:SourceArn: the trust anchor. */
  readonly sourceArn?: string;
  /** Condition on aws:PrincipalTag/…, such as `x509Subject/CN`. */
  readonly principalTags?: Readonly<Record<string, string>>;
  /** Condition on aws:OriginIdentity/…: `Subject`, `SubjectType` and `Issuer`. */
  readonly originIdentity?: OriginIdentity;
}

export const allActions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"] as const;
export const rolesAnywherePrincipal = "rolesanywhere.amazonaws.com";

const accountId = "111122223333";
const region = "us-east-1";

/** The initial account, which the AWS config file uses. */
export function createState(certificates: string): EmulatorState {
  const demo = createRole("Demo", { principals: [rolesAnywherePrincipal], actions: allActions }, 43_200);
  const short = createRole("Short", { principals: [rolesAnywherePrincipal], actions: allActions }, 3_600);
  const untrusting = createRole("Untrusting", { principals: [], actions: allActions }, 3_600);
  const target = createRole("Target", { principals: [demo.arn], actions: allActions }, 3_600);
  const partner = createRole(
    "Partner",
    { principals: [demo.arn], actions: allActions, externalId: "example-external-id" },
    3_600,
  );
  const last = createRole("Last", { principals: [target.arn], actions: allActions }, 3_600);
  const roles = [demo, short, untrusting, target, partner, last];
  const roleArns = [demo.arn, short.arn, untrusting.arn];
  return {
    accountId,
    region,
    trustAnchors: [{ arn: resourceArn("trust-anchor", 1), enabled: true, certificates }],
    profiles: [
      createProfile(1, "Demo", roleArns, { durationSeconds: 3_600 }),
      createProfile(2, "Named", roleArns, { durationSeconds: 43_200, acceptRoleSessionName: true }),
      createProfile(3, "Disabled", roleArns, { enabled: false }),
    ],
    roles,
  };
}

export function createRole(name: string, trust: TrustPolicy, maxSessionDurationSeconds: number): Role {
  return { arn: `arn:aws:iam::${accountId}:role/${name}`, roleId: createRoleId(), maxSessionDurationSeconds, trust };
}

function createProfile(number: number, name: string, roleArns: readonly string[], changes: Partial<Profile>): Profile {
  return {
    arn: resourceArn("profile", number),
    name,
    enabled: true,
    durationSeconds: 3_600,
    acceptRoleSessionName: false,
    roleArns,
    ...changes,
  };
}

/** The same on every machine, so that config files can contain them. */
function resourceArn(kind: "trust-anchor" | "profile", number: number): string {
  return `arn:aws:rolesanywhere:${region}:${accountId}:${kind}/a1b2c3d4-5678-4abc-8def-${String(number).padStart(12, "0")}`;
}

function createRoleId(): string {
  return `AROA${upperAlphanumeric(17)}`;
}

/** Random capitals and digits, as in ids of roles and access keys. */
export function upperAlphanumeric(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join("");
}
