import { randomUUID } from "node:crypto";
import type { Setting } from "../create-session.js";
import { requirePermission, requestTagKeys } from "../permissions.js";
import { accessDenied, Refusal } from "../refusal.js";
import type { Session } from "../signature/session-token.js";
import { formatTimestamp } from "../signature/timestamp.js";
import { isAlgorithm } from "../web-identity/keys.js";
import type { Algorithm } from "../web-identity/keys.js";
import {
  checkLength,
  invalidParameter,
  optionalInteger,
  optionalParameter,
  readList,
  readTags,
} from "./query-parameters.js";
import { requireParameter, validation } from "./query-parameters.js";
import type { QueryParameters } from "./query-parameters.js";

const defaultSeconds = 300;
const maxTokenLength = 16_384;
const scopeWord = String.raw`[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+`;

interface TokenRequest {
  readonly audiences: readonly string[];
  readonly algorithm: Algorithm;
  readonly seconds: number;
  readonly scope: string | undefined;
  readonly subjectMode: "AWSIdentity" | "OriginIdentity";
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Answers `Action=GetWebIdentityToken`: a signed JWT with the caller's identity.
 *
 * @returns The members of GetWebIdentityTokenResult.
 * @throws Refusal
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 */
export function getWebIdentityToken(parameters: QueryParameters, caller: Session, setting: Setting): object {
  const request = parseRequest(parameters);
  const { now, state, webIdentity } = setting;
  requirePermissions(caller, request, setting);
  if (state.outboundWebIdentityFederation === false) {
    throw new Refusal(
      403,
      "OutboundWebIdentityFederationDisabledException",
      "Outbound web identity federation is not enabled for this account.",
      "the state has outboundWebIdentityFederation false",
    );
  }
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresAt = issuedAt + request.seconds;
  if (expiresAt * 1000 > caller.expiresAtMs) {
    throw new Refusal(
      403,
      "SessionDurationEscalationException",
      "The requested token duration would extend the session beyond its original expiration time.",
      `the token would last until ${formatTimestamp(new Date(expiresAt * 1000))}, the session ends before`,
    );
  }
  const [audience, ...others] = request.audiences;
  const token = webIdentity.sign(request.algorithm, {
    iss: setting.issuer,
    aud: others.length === 0 ? audience : request.audiences,
    sub: subjectOf(caller, request),
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    ...(request.subjectMode === "OriginIdentity" ? { subject_mode: request.subjectMode } : {}),
    "https://sts.amazonaws.com/": {
      aws_account: state.accountId,
      source_region: state.region,
      principal_id: caller.roleArn,
      original_session_exp: formatTimestamp(new Date(caller.expiresAtMs)),
      ...(Object.keys(caller.tags).length === 0 ? {} : { principal_tags: caller.tags }),
      ...(Object.keys(request.tags).length === 0 ? {} : { request_tags: request.tags }),
    },
  });
  if (token.length > maxTokenLength) {
    throw new Refusal(400, "JWTPayloadSizeExceededException", "The requested token payload size exceeds the maximum.");
  }
  return { WebIdentityToken: token, Expiration: formatTimestamp(new Date(expiresAt * 1000)) };
}

function parseRequest(parameters: QueryParameters): TokenRequest {
  const audiences = readList(parameters, "Audience");
  if (audiences.length === 0) throw invalidParameter("Audience", null, "not be null");
  if (audiences.length > 10) {
    throw invalidParameter("Audience", audiences.length, "have length less than or equal to 10");
  }
  for (const audience of audiences) checkLength("Audience", audience, { min: 1, max: 1000 });
  const algorithm = requireParameter(parameters, "SigningAlgorithm", /^.{5}$/);
  if (!isAlgorithm(algorithm)) throw invalidParameter("SigningAlgorithm", algorithm, "be one of [ES384, RS256]");
  const subjectMode = optionalParameter(parameters, "SubjectMode", /^(?:AWSIdentity|OriginIdentity)$/) ?? "AWSIdentity";
  const request = {
    audiences,
    algorithm,
    seconds: optionalInteger(parameters, "DurationSeconds", { min: 60, max: 3600 }) ?? defaultSeconds,
    scope: parseScope(parameters),
    subjectMode: subjectMode === "OriginIdentity" ? subjectMode : "AWSIdentity",
    tags: readTags(parameters),
  } as const;
  if (request.scope !== undefined && (request.subjectMode !== "OriginIdentity" || audiences.length > 1)) {
    throw validation("Scope requires the SubjectMode OriginIdentity and exactly one audience");
  }
  return request;
}

function parseScope(parameters: QueryParameters): string | undefined {
  const scope = optionalParameter(parameters, "Scope", new RegExp(`^${scopeWord}(?: ${scopeWord})*$`));
  if (scope === undefined) return undefined;
  checkLength("Scope", scope, { min: 1, max: 256 });
  const words = scope.split(" ");
  if (new Set(words).size < words.length) throw validation("Scope has a value twice");
  return scope;
}

function requirePermissions(caller: Session, request: TokenRequest, setting: Setting): void {
  const keys = {
    "sts:IdentityTokenAudience": request.audiences,
    "sts:IdentityTokenScope": request.scope?.split(" "),
    "sts:SigningAlgorithm": request.algorithm,
    "sts:DurationSeconds": String(request.seconds),
    "sts:SubjectMode": request.subjectMode,
    ...requestTagKeys(request.tags),
  };
  const actions = [
    "sts:GetWebIdentityToken",
    ...(Object.keys(request.tags).length === 0 ? [] : ["sts:TagGetWebIdentityToken"]),
    ...(request.scope === undefined ? [] : ["sts:SetWebIdentityTokenScope"]),
  ];
  for (const action of actions) requirePermission(caller, { action, resource: "*", keys }, setting);
}

function subjectOf({ roleArn, originIdentity }: Session, { subjectMode }: TokenRequest): string {
  if (subjectMode === "AWSIdentity") return roleArn;
  const { Subject: subject, Issuer: issuer } = originIdentity ?? {};
  if (subject === undefined || issuer === undefined || subject.trim() === "") {
    throw validation(
      "SubjectMode OriginIdentity requires a session with an origin identity",
      "trusted identity propagation is off for the profile of this session",
    );
  }
  if (/^arn:/i.test(subject) || subject !== subject.trim() || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(subject)) {
    throw accessDenied("The origin identity cannot be the subject of a token", `its subject is "${subject}"`);
  }
  return subject;
}
