import type { Setting } from "../create-session.js";
import { notAuthorized, requirePermission, requestTagKeys } from "../permissions.js";
import { describeOriginMismatch } from "../origin-identity.js";
import { Refusal } from "../refusal.js";
import { issueCredentials } from "../signature/session-token.js";
import type { Session } from "../signature/session-token.js";
import type { Role } from "../state/memory.js";
import { describeCredentials } from "./credentials.js";
import {
  invalidParameter,
  optionalInteger,
  optionalParameter,
  readList,
  readTags,
  requireParameter,
  validation,
} from "./query-parameters.js";
import type { QueryParameters } from "./query-parameters.js";
import { readPolicy } from "./session-policy.js";

const chainingLimitSeconds = 3_600;

/**
 * Answers `Action=AssumeRole`. The caller is a role session itself, so this is always role chaining.
 *
 * @returns The members of AssumeRoleResult.
 * @throws Refusal
 */
export function assumeRole(parameters: QueryParameters, caller: Session, setting: Setting): object {
  const { state, now } = setting;
  const roleArn = requireParameter(parameters, "RoleArn", /^.{20,2048}$/);
  const sessionName = requireParameter(parameters, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const externalId = optionalParameter(parameters, "ExternalId", /^[\w+=,.@:/-]{2,1224}$/);
  const sourceIdentity = optionalParameter(parameters, "SourceIdentity", /^[\w+=,.@-]{2,64}$/) ?? caller.sourceIdentity;
  const sessionPolicy = readPolicies(parameters);
  const tags = readTags(parameters);
  const seconds = optionalInteger(parameters, "DurationSeconds", { min: 900, max: 43_200 }) ?? chainingLimitSeconds;
  const minimumTokenSize = optionalInteger(parameters, "MinimumSessionTokenSize", { min: 0, max: 4096 });
  requirePermissions(parameters, { roleArn, sessionName, externalId, tags }, caller, setting);
  const role = findRole(state.roles, roleArn, caller, externalId);
  checkConditions(role, caller, { sourceIdentity, tags });
  checkDuration(seconds, role);
  const [, partition = "aws", , , accountId = ""] = role.arn.split(":");
  const inherited = Object.entries(caller.tags).filter(([key]) => caller.transitiveTagKeys.includes(key));
  const session = {
    assumedRoleArn: `arn:${partition}:sts::${accountId}:assumed-role/${role.arn.slice(role.arn.lastIndexOf("/") + 1)}/${sessionName}`,
    assumedRoleId: `${role.roleId}:${sessionName}`,
    roleArn: role.arn,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(caller.originIdentity === undefined ? {} : { originIdentity: caller.originIdentity }),
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    tags: { ...Object.fromEntries(inherited), ...tags },
    transitiveTagKeys: [...new Set([...caller.transitiveTagKeys, ...readList(parameters, "TransitiveTagKeys")])],
    expiresAtMs: Math.floor(now.getTime() / 1000) * 1000 + seconds * 1000,
  };
  const credentials = issueCredentials(session, setting, minimumTokenSize);
  return {
    Credentials: describeCredentials(credentials),
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.assumedRoleArn },
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    PackedPolicySize: Math.min(99, Math.ceil(JSON.stringify(session.tags).length / 40)),
  };
}

/** @returns The session policy. Managed policies are counted, not evaluated. */
function readPolicies(parameters: QueryParameters): string | undefined {
  const arns = readList(parameters, "PolicyArns", ".arn");
  if (arns.length > 10) throw invalidParameter("PolicyArns", arns.length, "have length less than or equal to 10");
  if ((parameters.get("Policy")?.length ?? 0) + arns.join("").length > 2048) {
    throw new Refusal(400, "PackedPolicyTooLarge", "Packed policy consumes more than 100% of the allotted space.");
  }
  return readPolicy(parameters);
}

interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** The permissions of the caller's own session. */
function requirePermissions(
  parameters: QueryParameters,
  { roleArn, sessionName, externalId, tags }: AssumeRoleRequest,
  caller: Session,
  setting: Setting,
): void {
  const sourceIdentity = parameters.get("SourceIdentity");
  const keys = {
    "sts:ExternalId": externalId,
    "sts:RoleSessionName": sessionName,
    "sts:SourceIdentity": sourceIdentity,
    "sts:TransitiveTagKeys": readList(parameters, "TransitiveTagKeys"),
    ...requestTagKeys(tags),
  };
  const actions = [
    "sts:AssumeRole",
    ...(Object.keys(tags).length === 0 ? [] : ["sts:TagSession"]),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  for (const action of actions) requirePermission(caller, { action, resource: roleArn, keys }, setting);
}

function checkDuration(seconds: number, role: Role): void {
  if (seconds > role.maxSessionDurationSeconds) {
    throw validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  if (seconds > chainingLimitSeconds) {
    throw validation(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
}

function findRole(roles: readonly Role[], roleArn: string, caller: Session, externalId: string | undefined): Role {
  const role = roles.find(({ arn }) => arn === roleArn);
  const refuse = (reason: string) => notAuthorized(caller, { action: "sts:AssumeRole", resource: roleArn }, reason);
  if (role === undefined) throw refuse("there is no such role");
  const { principals, actions } = role.trust;
  if (!principals.includes(caller.roleArn)) throw refuse(`the role's trust policy does not name ${caller.roleArn}`);
  if (!actions.includes("sts:AssumeRole")) throw refuse("the role's trust policy lacks sts:AssumeRole");
  if (role.trust.externalId !== undefined && role.trust.externalId !== externalId) {
    throw refuse(
      `sts:ExternalId is ${externalId === undefined ? "absent" : `"${externalId}"`}, which the trust policy refuses`,
    );
  }
  const mismatch = describeOriginMismatch(role.trust, caller.originIdentity);
  if (mismatch !== undefined) throw refuse(mismatch);
  return role;
}

interface Conditions {
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

function checkConditions(role: Role, caller: Session, { sourceIdentity, tags }: Conditions): void {
  const lacks = (action: string) => !role.trust.actions.includes(action);
  const refuse = (action: string) =>
    notAuthorized(caller, { action, resource: role.arn }, `the role's trust policy lacks ${action}`);
  if (sourceIdentity !== undefined && lacks("sts:SetSourceIdentity")) throw refuse("sts:SetSourceIdentity");
  if (caller.sourceIdentity !== undefined && sourceIdentity !== caller.sourceIdentity) {
    throw validation(
      `The source identity cannot be changed: the calling session has already set '${caller.sourceIdentity}'`,
    );
  }
  const tagged = Object.keys(tags).length + caller.transitiveTagKeys.length > 0;
  if (tagged && lacks("sts:TagSession")) throw refuse("sts:TagSession");
  const conflict = Object.keys(tags).find((key) => caller.transitiveTagKeys.includes(key));
  if (conflict !== undefined) {
    throw new Refusal(
      400,
      "InvalidParameterValue",
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      `${conflict} is a transitive tag of the calling session`,
    );
  }
}
