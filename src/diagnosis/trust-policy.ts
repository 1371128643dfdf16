import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { SessionTag } from "./session-tags.js";
import { isAcceptedTagValue } from "./session-tags.js";

/** An IAM policy document, with the member names of IAM. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Action: readonly string[];
  readonly Resource?: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A policy, and lines that explain its actions and conditions. */
export interface ExplainedPolicy {
  readonly document: PolicyDocument;
  readonly explanations: readonly string[];
}

export interface FirstRole {
  /** Undefined if only an alias is known: a condition on an alias never matches. */
  readonly trustAnchorArn: string | undefined;
  readonly tags: readonly SessionTag[];
  /** The certificate field with the subject for trusted identity propagation; undefined if that is not used. */
  readonly originIdentity?: OriginIdentitySource | undefined;
}

/** Values of `subjectSource` in the TIP configuration of a profile. */
export const originIdentitySources = ["x509Subject/CN", "x509SAN/URI"] as const;
export type OriginIdentitySource = (typeof originIdentitySources)[number];

/** Tags that make good conditions, the most specific first. Other tags only repeat them. */
const conditionKeys = [
  "x509Subject/CN",
  "x509Subject/O",
  "x509Subject/OU",
  "x509SAN/DNS",
  "x509SAN/URI",
  "x509Issuer/CN",
] as const;
const actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] as const;

/**
 * Builds the trust policy of the role that Roles Anywhere assumes. It allows the service, for this trust anchor and for
 * certificates like this one.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export function buildRoleTrustPolicy({ trustAnchorArn, tags, originIdentity }: FirstRole): ExplainedPolicy {
  const subject = originIdentity === undefined ? undefined : originSubject(tags, originIdentity);
  const usable = conditionKeys.flatMap((key) =>
    tags.filter((tag) => tag.key === key && tag.value !== "" && isAcceptedTagValue(tag.value)),
  );
  const left = conditionKeys.filter((key) => tags.some((tag) => tag.key === key && !isAcceptedTagValue(tag.value)));
  const equals = Object.fromEntries([
    ...(subject === undefined ? [] : [["aws:OriginIdentity/Subject", escapeVariables(subject)]]),
    ...usable.map(({ key, value }) => [`aws:PrincipalTag/${key}`, escapeVariables(value)]),
  ]) as Readonly<Record<string, string>>;
  return {
    document: document({
      Sid: "RolesAnywhere",
      Effect: "Allow",
      Principal: { Service: "rolesanywhere.amazonaws.com" },
      Action: actions,
      ...(trustAnchorArn === undefined && Object.keys(equals).length === 0
        ? {}
        : {
            Condition: {
              ...(trustAnchorArn === undefined ? {} : { ArnEquals: { "aws:SourceArn": trustAnchorArn } }),
              ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
            },
          }),
    }),
    explanations: [
      "sts:AssumeRole opens the session, sts:TagSession lets the certificate's names become session tags, sts:SetSourceIdentity lets its CN become the source identity: the service needs all three",
      trustAnchorArn === undefined
        ? "no condition on aws:SourceArn: the trust anchor is given by an alias, which IAM policies do not know; give the ARN of the trust anchor itself to have it"
        : `aws:SourceArn: only certificates that chain to ${trustAnchorArn}`,
      ...(subject === undefined
        ? []
        : [
            `aws:OriginIdentity/Subject: "${subject}", which AWS takes from ${originIdentity} and callers cannot set, unlike session tags; the profile needs trusted identity propagation with this subjectSource`,
          ]),
      ...usable.map(({ key, value }) => `aws:PrincipalTag/${key}: ${meaning(key)} "${value}"`),
      ...left.map(
        (key) => `no condition on ${key}: AWS drops its value, which has characters that session tags do not take`,
      ),
    ],
  };
}

/** @throws UsageError `ERR_ARGUMENT` if the certificate lacks the field: AWS then denies each session. */
function originSubject(tags: readonly SessionTag[], source: OriginIdentitySource): string {
  const value = tags.find(({ key }) => key === source)?.value;
  if (value !== undefined && value !== "") return value;
  throw new UsageError(
    "ERR_ARGUMENT",
    message`${setting("origin-identity")} is ${source}, which the certificate lacks`,
    {
      hints: ["take the other source, or issue a certificate that has it: without it AWS denies each session"],
    },
  );
}

export interface HopRole {
  readonly roleArn: string;
  readonly callerRoleArn: string;
  readonly sourceIdentity: string | undefined;
  readonly externalId: string | undefined;
}

/** Builds the trust policy of a chained role, which trusts the previous role with this source identity. */
export function buildHopTrustPolicy({ callerRoleArn, sourceIdentity, externalId }: HopRole): ExplainedPolicy {
  const equals = {
    ...(sourceIdentity === undefined ? {} : { "sts:SourceIdentity": escapeVariables(sourceIdentity) }),
    ...(externalId === undefined ? {} : { "sts:ExternalId": escapeVariables(externalId) }),
  };
  return {
    document: document({
      Sid: "RoleBefore",
      Effect: "Allow",
      Principal: { AWS: callerRoleArn },
      Action: actions,
      ...(Object.keys(equals).length === 0 ? {} : { Condition: { StringEquals: equals } }),
    }),
    explanations: [
      `Principal: sessions of ${callerRoleArn}`,
      "sts:SetSourceIdentity and sts:TagSession: a session of Roles Anywhere has a source identity and tags, which travel along",
      ...(sourceIdentity === undefined ? [] : [`sts:SourceIdentity: the certificate's name, "${sourceIdentity}"`]),
      ...(externalId === undefined ? [] : ["sts:ExternalId: what --external-id has to give"]),
    ],
  };
}

/** Builds the permissions that a role needs to assume the next one. */
export function buildHopPermissions(targetRoleArn: string): ExplainedPolicy {
  return {
    document: document({ Sid: "HopOn", Effect: "Allow", Action: actions, Resource: targetRoleArn }),
    explanations: [`allows the role to assume ${targetRoleArn}, with source identity and tags`],
  };
}

/**
 * Derives the source identity that the service sets: the CN, with the prefix `CN=` up to 61 characters and without it
 * up to 64, else `ID=` and the serial number.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export function deriveSourceIdentity(tags: readonly SessionTag[], serialNumber: bigint): string {
  const cn = tags.find(({ key }) => key === "x509Subject/CN")?.value ?? "";
  if (cn !== "" && cn.length <= 61) return `CN=${cn}`;
  if (cn !== "" && cn.length <= 64) return cn;
  const hex = serialNumber.toString(16);
  return `ID=${hex.length % 2 === 0 ? hex : `0${hex}`}`;
}

function document(statement: PolicyStatement): PolicyDocument {
  return { Version: "2012-10-17", Statement: [statement] };
}

/** Escapes `${name}`, which IAM replaces in policies: text of a certificate must stay literal. */
function escapeVariables(value: string): string {
  return value.replaceAll("${", "${$}{");
}

function meaning(key: string): string {
  const [source = "", name = ""] = key.split("/");
  const where =
    { x509Subject: "the subject's", x509Issuer: "the issuer's", x509SAN: "the first alternative name of kind" }[
      source
    ] ?? source;
  return `${where} ${name} is`;
}
