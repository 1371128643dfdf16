import type { Setting } from "./create-session.js";
import { constraintMessage, Refusal } from "./refusal.js";
import { issueCredentials } from "./signature/session-token.js";
import type { Session } from "./signature/session-token.js";
import type { Role } from "./state/memory.js";
import { formatTimestamp } from "./signature/timestamp.js";

/** The decoded parameters of a query-protocol request. */
export type QueryParameters = ReadonlyMap<string, string>;

const chainingLimitSeconds = 3_600;

/**
 * Answers `Action=AssumeRole`. The caller is a role session itself, so this is always role chaining.
 *
 * @returns The members of AssumeRoleResult.
 * @throws Refusal
 */
export function assumeRole(parameters: QueryParameters, caller: Session, { state, now, sealingKey }: Setting): object {
  const roleArn = requireParameter(parameters, "RoleArn", /^.{20,2048}$/);
  const sessionName = requireParameter(parameters, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const externalId = optionalParameter(parameters, "ExternalId", /^[\w+=,.@:/-]{2,1224}$/);
  const sourceIdentity = optionalParameter(parameters, "SourceIdentity", /^[\w+=,.@-]{2,64}$/) ?? caller.sourceIdentity;
  checkPolicy(parameters);
  const tags = readTags(parameters);
  const seconds = readDuration(parameters);
  const role = findRole(state.roles, roleArn, caller, externalId);
  checkConditions(role, caller, { sourceIdentity, tags, externalId });
  checkDuration(seconds, role);
  const [, partition = "aws", , , accountId = ""] = role.arn.split(":");
  const inherited = Object.entries(caller.tags).filter(([key]) => caller.transitiveTagKeys.includes(key));
  const session = {
    assumedRoleArn: `arn:${partition}:sts::${accountId}:assumed-role/${role.arn.slice(role.arn.lastIndexOf("/") + 1)}/${sessionName}`,
    assumedRoleId: `${role.roleId}:${sessionName}`,
    roleArn: role.arn,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    tags: { ...Object.fromEntries(inherited), ...tags },
    transitiveTagKeys: [...new Set([...caller.transitiveTagKeys, ...readList(parameters, "TransitiveTagKeys")])],
    expiresAtMs: Math.floor(now.getTime() / 1000) * 1000 + seconds * 1000,
  };
  const credentials = issueCredentials(session, sealingKey);
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: formatTimestamp(credentials.expiration),
    },
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.assumedRoleArn },
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    PackedPolicySize: Math.min(99, Math.ceil(JSON.stringify(session.tags).length / 40)),
  };
}

function requireParameter(parameters: QueryParameters, name: string, pattern: RegExp): string {
  const value = optionalParameter(parameters, name, pattern);
  if (value === undefined) throw validation(constraintMessage(memberName(name), null, "not be null"));
  return value;
}

function optionalParameter(parameters: QueryParameters, name: string, pattern: RegExp): string | undefined {
  const value = parameters.get(name);
  if (value === undefined || pattern.test(value)) return value;
  throw validation(
    constraintMessage(memberName(name), value, `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`),
  );
}

function readDuration(parameters: QueryParameters): number {
  const text = parameters.get("DurationSeconds");
  if (text === undefined) return chainingLimitSeconds;
  if (!/^-?\d+$/.test(text)) throw new Refusal(400, "MalformedInput", "DurationSeconds is not an integer");
  const seconds = Number(text);
  const refuse = (constraint: string) => validation(constraintMessage("durationSeconds", seconds, constraint));
  if (seconds < 900) throw refuse("have value greater than or equal to 900");
  if (seconds > 43_200) throw refuse("have value less than or equal to 43200");
  return seconds;
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

function checkPolicy(parameters: QueryParameters): void {
  const policy = parameters.get("Policy");
  const arns = readList(parameters, "PolicyArns", ".arn");
  if (arns.length > 10)
    throw validation(constraintMessage("policyArns", arns.length, "have length less than or equal to 10"));
  if ((policy?.length ?? 0) + arns.join("").length > 2_048) {
    throw new Refusal(400, "PackedPolicyTooLarge", "Packed policy consumes more than 100% of the allotted space.");
  }
  if (policy === undefined) return;
  try {
    JSON.parse(policy);
  } catch {
    throw new Refusal(400, "MalformedPolicyDocument", "This policy contains invalid Json");
  }
}

function readTags(parameters: QueryParameters): Record<string, string> {
  const keys = readList(parameters, "Tags", ".Key");
  const values = readList(parameters, "Tags", ".Value");
  if (keys.length > 50)
    throw validation(constraintMessage("tags", keys.length, "have length less than or equal to 50"));
  const folded = new Set(keys.map((key) => key.toLowerCase()));
  if (folded.size < keys.length) {
    throw new Refusal(
      400,
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ""]));
}

/** The items of `Name.member.1`, `Name.member.2`, … with an optional member of each. */
function readList(parameters: QueryParameters, name: string, member = ""): readonly string[] {
  const found: string[] = [];
  for (let index = 1; ; index++) {
    const value = parameters.get(`${name}.member.${index}${member}`);
    if (value === undefined) return found;
    found.push(value);
  }
}

function findRole(roles: readonly Role[], roleArn: string, caller: Session, externalId: string | undefined): Role {
  const role = roles.find(({ arn }) => arn === roleArn);
  const refuse = (reason: string) => notAuthorized("sts:AssumeRole", caller, roleArn, reason);
  if (role === undefined) throw refuse("there is no such role");
  const { principals, actions } = role.trust;
  if (!principals.includes(caller.roleArn)) throw refuse(`the role's trust policy does not name ${caller.roleArn}`);
  if (!actions.includes("sts:AssumeRole")) throw refuse("the role's trust policy lacks sts:AssumeRole");
  if (role.trust.externalId !== undefined && role.trust.externalId !== externalId) {
    throw refuse(
      `sts:ExternalId is ${externalId === undefined ? "absent" : `"${externalId}"`}, which the trust policy refuses`,
    );
  }
  return role;
}

interface Conditions {
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly externalId: string | undefined;
}

function checkConditions(role: Role, caller: Session, { sourceIdentity, tags }: Conditions): void {
  const lacks = (action: string) => !role.trust.actions.includes(action);
  const refuse = (action: string) => notAuthorized(action, caller, role.arn, `the role's trust policy lacks ${action}`);
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

function notAuthorized(action: string, caller: Session, resource: string, reason: string): Refusal {
  const message = `User: ${caller.assumedRoleArn} is not authorized to perform: ${action} on resource: ${resource}`;
  return new Refusal(403, "AccessDenied", message, reason);
}

function validation(message: string): Refusal {
  return new Refusal(400, "ValidationError", message);
}

function memberName(parameter: string): string {
  return parameter.charAt(0).toLowerCase() + parameter.slice(1);
}
