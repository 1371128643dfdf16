import { evaluate } from "./policy/evaluate.js";
import type { Decision, PolicyLayer } from "./policy/evaluate.js";
import { parsePolicy } from "./policy/document.js";
import { Refusal } from "./refusal.js";
import type { Session } from "./signature/session-token.js";
import type { EmulatorState } from "./state/memory.js";

/** Further condition keys of one request, such as `sts:ExternalId`. */
export type RequestKeys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a session requests. */
export interface Wanted {
  readonly action: string;
  readonly resource: string;
  readonly keys?: RequestKeys;
}

/** The state and time of an evaluation. */
export interface Circumstances {
  readonly state: EmulatorState;
  readonly now: Date;
}

/** Evaluates the policy of the session's role, its session policy and its scope policies. */
export function decide(session: Session, { action, resource, keys = {} }: Wanted, at: Circumstances): Decision {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries({ ...sessionKeys(session, at), ...keys })) {
    if (value !== undefined) context.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
  }
  return evaluate(layersOf(session, at.state), { action, resource, context });
}

/** @throws Refusal `AccessDenied` */
export function requirePermission(session: Session, wanted: Wanted, at: Circumstances): void {
  const decision = decide(session, wanted, at);
  if (decision.kind !== "allow") throw notAuthorized(session, wanted, describeDecision(decision, wanted.action));
}

/** Refuses an explicit deny. Some operations need no permission, but can be denied. */
export function refuseDenied(session: Session, wanted: Wanted, at: Circumstances): void {
  const decision = decide(session, wanted, at);
  if (decision.kind === "deny") throw notAuthorized(session, wanted, describeDecision(decision, wanted.action));
}

export function notAuthorized(session: Session, { action, resource }: Wanted, reason: string): Refusal {
  const message = `User: ${session.assumedRoleArn} is not authorized to perform: ${action} on resource: ${resource}`;
  return new Refusal(403, "AccessDenied", message, reason);
}

export function describeDecision(decision: Decision, action: string): string {
  switch (decision.kind) {
    case "allow":
      return "every policy allows it";
    case "deny":
      return `explicit deny in ${decision.layer}`;
    case "no-allow":
      return `${decision.layer} does not allow ${action}`;
  }
}

function layersOf({ roleArn, sessionPolicy, scopePolicies = [] }: Session, state: EmulatorState): PolicyLayer[] {
  const policy = state.roles.find(({ arn }) => arn === roleArn)?.policy;
  return [
    ...(policy === undefined ? [] : [{ name: "the role's policy", policy: parsePolicy(JSON.stringify(policy)) }]),
    ...(sessionPolicy === undefined ? [] : [{ name: "the session policy", policy: parsePolicy(sessionPolicy) }]),
    ...scopePolicies.map((text, index) => ({ name: `scope policy ${index + 1}`, policy: parsePolicy(text) })),
  ];
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function sessionKeys(session: Session, { state, now }: Circumstances): RequestKeys {
  const { roleArn, assumedRoleId, sourceIdentity, tags, originIdentity = {} } = session;
  return {
    "aws:PrincipalArn": roleArn,
    "aws:PrincipalAccount": roleArn.split(":")[4],
    "aws:PrincipalType": "AssumedRole",
    "aws:userid": assumedRoleId,
    "aws:SourceIdentity": sourceIdentity,
    "aws:RequestedRegion": state.region,
    "aws:CurrentTime": now.toISOString(),
    "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
    ...prefixed("aws:PrincipalTag/", tags),
    ...prefixed("aws:OriginIdentity/", originIdentity),
  };
}

/** The condition keys of the tags that a request sets. */
export function requestTagKeys(tags: Readonly<Record<string, string>>): RequestKeys {
  return { "aws:TagKeys": Object.keys(tags), ...prefixed("aws:RequestTag/", tags) };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): RequestKeys {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}
