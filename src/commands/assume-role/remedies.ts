import { ServiceError, textsOf } from "../../errors.js";
import { suspectOf } from "../../message.js";
import type { AssumeRoleRequest } from "./request.js";

/** Adds hints to a refusal of AssumeRole. */
export function withRemedies(error: unknown, request: AssumeRoleRequest, source: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const hints = remedies(error, request, source);
  if (hints.length === 0) return error;
  const { service, operation, statusCode, serviceCode, requestId, code } = error;
  return new ServiceError(code, textsOf(error).message, {
    service,
    operation,
    statusCode,
    serviceCode,
    requestId,
    hints,
    cause: error,
  });
}

function remedies(error: ServiceError, request: AssumeRoleRequest, source: string): readonly string[] {
  const { serviceCode } = error;
  const { RoleArn } = request;
  if (serviceCode.startsWith("ExpiredToken")) {
    return [`the credentials of the ${source} have expired: renew them, or sign in again`];
  }
  if (/^(InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/.test(serviceCode)) {
    return [`STS does not accept the credentials of the ${source}: check its keys, and that --region is enabled there`];
  }
  const isKnown = textsOf(error).hints.some((hint) => suspectOf(hint) === "carriedOver");
  if (!serviceCode.startsWith("AccessDenied") || isKnown) return [];
  return [
    `the caller needs a policy that allows sts:AssumeRole on ${RoleArn}; see who it is with "aws sts get-caller-identity"`,
    `the trust policy of ${RoleArn} must name the caller as principal`,
    request.ExternalId === undefined
      ? "if that policy asks for an external id (sts:ExternalId), give it with --external-id"
      : "compare --external-id with sts:ExternalId in that policy",
    request.SerialNumber === undefined
      ? "if it asks for MFA (aws:MultiFactorAuthPresent), give --mfa-serial"
      : "check that --mfa-serial is the caller's own device and the code is fresh",
    "look at its other conditions, such as aws:SourceIp, aws:PrincipalOrgID or the session name",
  ];
}
