import { describe, expect, it } from "vitest";
import { NetworkError, ServiceError } from "../../src/errors.js";
import type { HttpResponse } from "../../src/aws/http/exchange.js";
import { suspectOf } from "../../src/message.js";
import type { Suspect } from "../../src/message.js";
import { textsOf } from "../../src/errors.js";
import { assumeRoleError } from "../../src/vending/assume-role-error.js";
import { createSessionError } from "../../src/vending/create-session-error.js";
import { settingsOf } from "../support/vend-settings.js";

const arn = (what: string) => `arn:aws:rolesanywhere:eu-west-1:111122223333:${what}`;
const role = "arn:aws:iam::111122223333:role/Demo";
const id = "11111111-2222-3333-4444-555555555555";
const flags = [
  ["--trust-anchor-arn", arn(`trust-anchor/${id}`)],
  ["--profile-arn", arn(`profile/${id}`)],
  ["--certificate", "c.pem"],
  ["--private-key", "k.pem"],
].flat();
const identity = { flags, roleArn: () => role };
const settings = settingsOf(identity);

function answer(statusCode: number, code: string, message: string, headers: Record<string, string> = {}): HttpResponse {
  const body = JSON.stringify({ message });
  return { statusCode, headers: { "x-amzn-errortype": code, ...headers }, body };
}

const refusal = (statusCode: number, code: string, message: string, with_ = settings) =>
  createSessionError(answer(statusCode, code, message), with_);

describe("a refusal of CreateSession", () => {
  it("says what the service said, with status and request id", () => {
    const requestId = "01234567-89ab-cdef-0123-456789abcdef";
    const error = createSessionError(
      answer(403, "AccessDeniedException", "no", { "x-amzn-requestid": requestId }),
      settings,
    );
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({
      code: "ERR_ACCESS_DENIED",
      message: `CreateSession was refused: AccessDeniedException: no (HTTP 403, request id ${requestId})`,
      service: "rolesanywhere",
      operation: "CreateSession",
      statusCode: 403,
      serviceCode: "AccessDeniedException",
      requestId,
    });
    expect(refusal(400, "", "").message).toBe("CreateSession was refused: no reason given (HTTP 400)");
    expect(refusal(400, "", "odd").message).toBe("CreateSession was refused: odd (HTTP 400)");
  });

  it.each([
    [401, "X", "ERR_ACCESS_DENIED"],
    [403, "X", "ERR_ACCESS_DENIED"],
    [402, "X", "ERR_SERVICE"],
    [404, "ResourceNotFoundException", "ERR_SERVICE"],
    [500, "X", "ERR_SERVICE"],
    [429, "X", "ERR_THROTTLED"],
    [400, "ThrottlingException", "ERR_THROTTLED"],
  ])("of HTTP %i %s is %s", (statusCode, code, expected) => {
    expect(refusal(statusCode, code, "").code).toBe(expected);
  });

  it.each<[string, string, Suspect | undefined]>([
    ["Insufficient certificate", "the leaf must be an end-entity certificate", "certificate"],
    ["Untrusted certificate. Insufficient certificate", "give the leaf itself to --certificate", "certificate"],
    ["Untrusted certificate", `the certificate must chain to the authority in trust anchor ${arn("")}`, "trustAnchor"],
    ["Untrusted signing certificate", "add the chain to the certificate file or name it with", "trustAnchor"],
    ["Role session name is not allowed", "enable acceptRoleSessionName", undefined],
    ["RoleSessionName", "leave --role-session-name out", undefined],
    ["Unable to assume role arn", `the trust policy of ${role} must let principal`, undefined],
    ["Unable to assume role", "must not exceed the role's MaxSessionDuration", undefined],
    ["Duration is too long", "ask for less than 3600 s with --session-duration", undefined],
    ["Signature expired: old", "check the clock of this machine", "clock"],
    ["Signature not yet current", "check the clock of this machine", "clock"],
    ["Request has expired", "check the clock of this machine", "clock"],
    ["The request expired", "check the clock of this machine", "clock"],
    ["Invalid signature", "the private key must belong to the certificate", "certificate"],
    ["The signature does not match", "compare the canonical request that --debug shows", "certificate"],
    ["Trust anchor is disabled", "enable the trust anchor and the profile", undefined],
    ["Certificate revoked", "revocation list of the trust anchor", undefined],
    ["Certificate expired", "renew the certificate", "certificate"],
    ["Account mismatch", "must be of one account; reach other accounts with --assume-role-arn", undefined],
  ])("that says %s names the cause", (said, hint, suspect) => {
    const error = refusal(403, "AccessDeniedException", said);
    expect(error.hints.join("\n")).toContain(hint.replace(arn(""), arn(`trust-anchor/${id}`)));
    expect(textsOf(error).hints.map(suspectOf).find(Boolean)).toBe(suspect);
  });

  it("of an untrusted certificate asks for the chain, or for a look at the one that is given", () => {
    const given = settingsOf(identity, { intermediates: "chain.pem" });
    const hints = refusal(403, "AccessDeniedException", "Untrusted certificate", given).hints.join("\n");
    expect(hints).toContain("check that the file that --intermediates names links the leaf to the trust anchor");
    expect(hints).not.toContain("if an intermediate authority issued it");
  });

  it.each([
    [429, "X", "Untrusted certificate", "CreateSession takes about ten calls a second"],
    [500, "X", "Untrusted certificate", "the service has a fault of its own"],
    [503, "X", "", "the service has a fault of its own"],
    [404, "ResourceNotFoundException", "", "exist, in region eu-west-1 and under exactly these ARNs"],
    [403, "X", "", "check that trust anchor and profile are enabled"],
    [401, "X", "", "check that trust anchor and profile are enabled"],
    [400, "ValidationException", "", "--debug"],
  ])("of HTTP %i without a known cause gives the usual ones", (statusCode, code, said, hint) => {
    expect(refusal(statusCode, code, said).hints.join("\n")).toContain(hint);
  });
});

describe("a refusal of AssumeRole", () => {
  const parameters = { RoleArn: role, RoleSessionName: "me" };
  const place = { name: `chained role 1 (${role})`, region: "eu-west-1", endpoint: undefined };
  const requestId = "01234567-89ab-cdef-0123-456789abcdef";
  const fault = (Code: string, text: string, httpStatusCode: number | undefined = 403) =>
    Object.assign(new Error(text), { name: "SdkName", Code, $metadata: { httpStatusCode, requestId }, $response: {} });
  const refused = (error: unknown, more: object = {}) => assumeRoleError(error, { ...parameters, ...more }, place);

  it("says what STS said, with status and request id", () => {
    expect(refused(fault("AccessDenied", "no"))).toMatchObject({
      code: "ERR_ACCESS_DENIED",
      message: `AssumeRole was refused for chained role 1 (${role}): AccessDenied: no (HTTP 403, request id ${requestId})`,
      service: "sts",
      operation: "AssumeRole",
      statusCode: 403,
      serviceCode: "AccessDenied",
      requestId,
    });
    const { Code: _, ...named } = fault("", "");
    const bare = refused({ ...named, name: "Odd", message: undefined, $metadata: {} });
    expect(bare).toMatchObject({
      code: "ERR_SERVICE",
      message: `AssumeRole was refused for chained role 1 (${role}): Odd:  (HTTP 0)`,
      requestId: undefined,
    });
  });

  it.each([
    ["Throttling", 400, "ERR_THROTTLED"],
    ["TooManyRequestsException", 403, "ERR_THROTTLED"],
    ["RequestLimitExceeded", 400, "ERR_THROTTLED"],
    ["NoThrottling", 403, "ERR_ACCESS_DENIED"],
    ["ValidationError", 400, "ERR_SERVICE"],
    ["ServiceUnavailable", 503, "ERR_SERVICE"],
  ])("with %s and HTTP %i is %s", (code, statusCode, expected) => {
    expect(refused(fault(code, "", statusCode)).code).toBe(expected);
  });

  it.each<[string, string, string, Suspect | undefined]>([
    [
      "AccessDenied",
      "not authorized to perform: sts:SetSourceIdentity",
      "always sets a source identity",
      "carriedOver",
    ],
    ["AccessDenied", "not authorized to perform: sts:TagSession", "session tags travel along", "carriedOver"],
    ["AccessDenied", "SourceIdentity may not change", "leave --source-identity out", undefined],
    ["ValidationError", "source identity", "leave --source-identity out", undefined],
    ["ValidationError", "1 hour session limit for roles assumed by role chaining", "gets 3600 s at most", undefined],
    ["ValidationError", "more than one hour", "lower --assume-duration", undefined],
    ["ValidationError", "exceeds the MaxSessionDuration", `raise MaxSessionDuration of ${role}`, undefined],
    ["AccessDenied", "no", "the previous role must be allowed", undefined],
    ["AccessDeniedException", "no", "if that policy asks for an external id, give it with --external-id", undefined],
    ["ExpiredToken", "no", "the session of the previous role has expired", "clock"],
    ["ExpiredTokenException", "no", "check the clock of this machine", "clock"],
    ["InvalidClientTokenId", "no", "STS of this region does not know the session: check --region", undefined],
    ["UnrecognizedClientException", "no", "STS of this region does not know", undefined],
    ["RegionDisabledException", "no", "the region is enabled in the account", undefined],
    ["PackedPolicyTooLarge", "no", "shorten or mend the session policy (--policy, --policy-arn, --tag)", undefined],
    ["MalformedPolicyDocument", "no", "shorten or mend the session policy", undefined],
    ["Odd", "no", "--debug", undefined],
  ])("with %s: %s names the cause", (code, said, hint, suspect) => {
    const error = refused(fault(code, said));
    expect(error.hints.join("\n")).toContain(hint);
    expect(textsOf(error).hints.map(suspectOf).find(Boolean)).toBe(suspect);
  });

  it("for lack of access asks for a look at the external id that is given", () => {
    const hints = refused(fault("AccessDenied", "no"), { ExternalId: "x" }).hints.join("\n");
    expect(hints).toContain("check that --external-id is the one in that policy");
    expect(hints).not.toContain("if that policy asks");
  });

  it("is none when STS was not reached: the way there is told", () => {
    const silence = Object.assign(new Error("slow"), { name: "TimeoutError" });
    expect(refused(silence)).toMatchObject({
      code: "ERR_TIMEOUT",
      message: `cannot reach STS in eu-west-1 for chained role 1 (${role}): no answer in the time allowed`,
      cause: silence,
    });
    expect(refused(Object.assign(new Error(), { name: "AbortError" })).code).toBe("ERR_TIMEOUT");
    const reset = Object.assign(new Error(), { code: "ECONNRESET", $metadata: {} });
    const elsewhere = assumeRoleError(reset, parameters, { ...place, endpoint: "https://sts.example" });
    expect(elsewhere).toBeInstanceOf(NetworkError);
    expect(elsewhere).toMatchObject({
      code: "ERR_CONNECTION",
      message: `cannot reach https://sts.example for chained role 1 (${role}): ECONNRESET`,
      hints: [expect.stringContaining("HTTPS_PROXY"), "check the endpoint of STS (AWS_ENDPOINT_URL_STS)"],
    });
    expect(refused({ $metadata: {} }).message).toContain("unknown fault");
    expect(refused({ $metadata: {}, name: "Odd" }).message).toContain(": Odd");
  });

  it("keeps what the network said, with the hop before it", () => {
    const inner = new Error("x");
    const known = new NetworkError("ERR_TLS", "unknown issuer", { hints: ["set AWS_CA_BUNDLE"], cause: inner });
    expect(refused(known)).toMatchObject({
      code: "ERR_TLS",
      message: `chained role 1 (${role}): unknown issuer`,
      hints: ["set AWS_CA_BUNDLE", "check the endpoint of STS (AWS_ENDPOINT_URL_STS)"],
      cause: inner,
    });
  });
});
