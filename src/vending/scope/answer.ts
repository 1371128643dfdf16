import type { SessionCredentials } from "../../aws/credentials.js";
import type { HttpResponse } from "../../aws/http/exchange.js";
import { xmlMember } from "../../aws/http/xml-members.js";
import { hasForm, isDate, requestIdOf } from "../../aws/issued-values.js";
import type { IssuedValue } from "../../aws/issued-values.js";
import { ServiceError } from "../../errors.js";

/** A session with fewer permissions or a shorter life. The role and the session name stay the same. */
export interface ScopedCredentials extends SessionCredentials {
  readonly arn: string | undefined;
  readonly scopedPoliciesCount: number | undefined;
}

/**
 * @param endpoint Named in the hint.
 * @throws ServiceError `ERR_SERVICE_RESPONSE`
 */
export function decodeScopedCredentials({ body, headers }: HttpResponse, endpoint: string): ScopedCredentials {
  const refuse = (fault: string) =>
    new ServiceError("ERR_SERVICE_RESPONSE", `the answer of GetScopedCredentials ${fault}`, {
      service: "sts",
      operation: "GetScopedCredentials",
      statusCode: 200,
      serviceCode: "",
      requestId: requestIdOf(xmlMember(body, "RequestId") ?? headers["x-amzn-requestid"]),
      hints: [`check that ${endpoint} is an STS endpoint, and that no proxy answers in its place`],
    });
  /** Does not show the value, which may be a secret. */
  const optional = (name: string, kind: IssuedValue): string | undefined => {
    const value = xmlMember(body, name);
    if (value === undefined || hasForm(kind, value)) return value;
    throw refuse(`has a malformed ${name}, expected one line of the characters that AWS uses there`);
  };
  const required = (name: string, kind: IssuedValue): string => {
    const value = optional(name, kind);
    if (value === undefined) throw refuse(`lacks ${name}`);
    return value;
  };
  const session = {
    accessKeyId: required("AccessKeyId", "accessKeyId"),
    secretAccessKey: required("SecretAccessKey", "secretAccessKey"),
    sessionToken: required("SessionToken", "sessionToken"),
    expiration: new Date(required("Expiration", "expiration")),
  };
  if (!isDate(session.expiration)) throw refuse("has an Expiration that is not a time");
  const count = xmlMember(body, "ScopedPoliciesCount");
  return {
    ...session,
    arn: optional("Arn", "arn"),
    scopedPoliciesCount: count !== undefined && /^\d{1,3}$/.test(count) ? Number(count) : undefined,
  };
}
