import type { Setting } from "../create-session.js";
import { refuseDenied } from "../permissions.js";
import { Refusal } from "../refusal.js";
import { issueCredentials, maxSessionTokenSize } from "../signature/session-token.js";
import type { Session } from "../signature/session-token.js";
import { checkLength, optionalInteger, optionalParameter, validation } from "./query-parameters.js";
import type { QueryParameters } from "./query-parameters.js";
import { describeCredentials } from "./credentials.js";
import { readPolicy } from "./session-policy.js";

const maxScopePolicies = 3;

/**
 * Answers `Action=GetScopedCredentials`: the caller's own session with fewer permissions or a shorter life.
 *
 * @returns The members of GetScopedCredentialsResult.
 * @throws Refusal
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */
export function getScopedCredentials(parameters: QueryParameters, caller: Session, setting: Setting): object {
  refuseDenied(caller, { action: "sts:GetScopedCredentials", resource: "*" }, setting);
  const policy = readPolicy(parameters);
  const seconds = optionalInteger(parameters, "DurationSeconds", { min: 1, max: 129_600 });
  const minimumTokenSize = optionalInteger(parameters, "MinimumSessionTokenSize", { min: 0, max: 4096 });
  const description = optionalParameter(parameters, "ScopedSessionDescription", /^[\t\n\r\x20-\x7e\xa1-\xff]*$/);
  if (description !== undefined) checkLength("ScopedSessionDescription", description, { min: 2, max: 256 });
  if (policy === undefined && seconds === undefined) {
    throw validation("At least one of Policy or DurationSeconds must be specified");
  }
  const { accessKeyId: _, scopePolicies = [], ...session } = caller;
  if (policy !== undefined && scopePolicies.length >= maxScopePolicies) {
    throw new Refusal(
      403,
      "AccessDenied",
      `A session can have at most ${maxScopePolicies} scope-down policies`,
      `the session has ${scopePolicies.length} scope policies, and one more was requested`,
    );
  }
  const layers = policy === undefined ? scopePolicies : [...scopePolicies, policy];
  const scoped = { ...session, scopePolicies: layers, expiresAtMs: endOf(caller, seconds, setting.now) };
  const credentials = issueCredentials(scoped, setting, minimumTokenSize);
  const size = credentials.sessionToken.length;
  return {
    Credentials: describeCredentials(credentials),
    SessionInfo: { ScopedSessionId: caller.assumedRoleId, Arn: caller.assumedRoleArn },
    SessionTokenUtilization: Math.ceil((100 * size) / maxSessionTokenSize),
    SessionTokenSize: size,
    ScopedPoliciesCount: layers.length,
    ...(caller.sourceIdentity === undefined ? {} : { SourceIdentity: caller.sourceIdentity }),
  };
}

function endOf({ expiresAtMs }: Session, seconds: number | undefined, now: Date): number {
  if (seconds === undefined) return expiresAtMs;
  const endMs = Math.floor(now.getTime() / 1000) * 1000 + seconds * 1000;
  if (endMs <= expiresAtMs) return endMs;
  const left = Math.floor((expiresAtMs - now.getTime()) / 1000);
  throw new Refusal(
    400,
    "InsufficientSessionLifetime",
    "The requested DurationSeconds exceeds the remaining lifetime of the calling session.",
    `${seconds} s were requested, and the session has ${left} s left`,
  );
}
