import { chainedDurationSeconds } from "../aws/duration-limits.js";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import { serviceWords } from "../aws/http/service-fault.js";
import { requestIdOf } from "../aws/issued-values.js";
import { NetworkError, ServiceError, textsOf } from "../errors.js";
import { debugHint, message, setting, suspecting } from "../message.js";
import type { Text } from "../message.js";

export interface HopPlace {
  readonly name: string;
  /** Default: `AssumeRole`. */
  readonly operation?: string | undefined;
  readonly region: string;
  readonly endpoint: string | undefined;
}

interface SdkFault {
  readonly name?: string;
  readonly code?: string;
  /** STS's error code; `name` is the SDK's class, which spells some codes differently. */
  readonly Code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: unknown;
}

type Hints = (parameters: AssumeRoleParameters) => readonly Text[];

const causes: readonly (readonly [RegExp, Hints])[] = [
  [
    /sts:SetSourceIdentity/i,
    ({ RoleArn }) => [
      suspecting(
        "carriedOver",
        `IAM Roles Anywhere always sets a source identity, and role chaining passes it on: add sts:SetSourceIdentity to the trust policy of ${RoleArn} and to the permissions of the role before it`,
      ),
    ],
  ],
  [
    /sts:TagSession/i,
    ({ RoleArn }) => [
      suspecting(
        "carriedOver",
        `session tags travel along: add sts:TagSession to the trust policy of ${RoleArn} and to the permissions of the role before it`,
      ),
    ],
  ],
  [
    /source ?identity/i,
    () => [
      message`the first session already has a source identity, which a chained role cannot change: leave ${setting("source-identity")} out`,
    ],
  ],
  [
    /role chaining|1 hour|one hour/i,
    () => [
      message`a role that assumes a role gets ${chainedDurationSeconds.maximum} s at most: lower ${setting("assume-duration")}`,
    ],
  ],
  [
    /MaxSessionDuration|exceeds/i,
    ({ RoleArn }) => [message`lower ${setting("assume-duration")}, or raise MaxSessionDuration of ${RoleArn}`],
  ],
];

/** Explains an AssumeRole failure: which role, what STS said, and the known causes. */
export function assumeRoleError(
  error: unknown,
  parameters: AssumeRoleParameters,
  place: HopPlace,
): ServiceError | NetworkError {
  const fault = error as SdkFault;
  if (error instanceof NetworkError) return unreachable(fault, place, error);
  const statusCode = fault.$metadata?.httpStatusCode;
  if (fault.$metadata === undefined || (statusCode === undefined && fault.$response === undefined))
    return unreachable(fault, place, error);
  const { operation = "AssumeRole" } = place;
  const requestId = requestIdOf(fault.$metadata.requestId);
  const serviceCode = serviceWords(fault.Code ?? fault.name ?? "");
  const message = serviceWords(fault.message ?? "");
  const id = requestId === undefined ? "" : `, request id ${requestId}`;
  return new ServiceError(
    errorCode(serviceCode, statusCode ?? 0),
    `${operation} was refused for ${place.name}: ${serviceCode}: ${message} (HTTP ${statusCode ?? 0}${id})`,
    {
      service: "sts",
      operation,
      statusCode: statusCode ?? 0,
      serviceCode,
      requestId,
      hints: hintsFor(serviceCode, message, parameters),
    },
  );
}

function errorCode(serviceCode: string, statusCode: number): "ERR_ACCESS_DENIED" | "ERR_THROTTLED" | "ERR_SERVICE" {
  if (/^(Throttl|TooMany|RequestLimit)/.test(serviceCode)) return "ERR_THROTTLED";
  return statusCode === 403 ? "ERR_ACCESS_DENIED" : "ERR_SERVICE";
}

function hintsFor(serviceCode: string, said: string, parameters: AssumeRoleParameters): readonly Text[] {
  const known = causes.find(([pattern]) => pattern.test(said));
  if (known !== undefined) return known[1](parameters);
  if (serviceCode.startsWith("AccessDenied")) {
    return [
      `the previous role must be allowed to do sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession on ${parameters.RoleArn}`,
      `the trust policy of ${parameters.RoleArn} must name that role as principal with the same three actions`,
      parameters.ExternalId === undefined
        ? message`if that policy asks for an external id, give it with ${setting("external-id")}`
        : message`check that ${setting("external-id")} is the one in that policy`,
    ];
  }
  if (serviceCode.startsWith("ExpiredToken"))
    return [suspecting("clock", "the session of the previous role has expired: check the clock of this machine")];
  if (/^(InvalidClientTokenId|UnrecognizedClient|RegionDisabled)/.test(serviceCode))
    return [
      message`STS of this region does not know the session: check ${setting("region")}, and that the region is enabled in the account`,
    ];
  if (/^(PackedPolicyTooLarge|MalformedPolicyDocument)/.test(serviceCode))
    return [
      message`shorten or mend the session policy (${setting("policy")}, ${setting("policy-arn")}, ${setting("tag")})`,
    ];
  return [debugHint];
}

const checkEndpoint = "check the endpoint of STS (AWS_ENDPOINT_URL_STS)";

function unreachable(fault: SdkFault, { name, region, endpoint }: HopPlace, cause: unknown): NetworkError {
  if (cause instanceof NetworkError) {
    const { message: text, hints } = textsOf(cause);
    return new NetworkError(cause.code, message`${name}: ${text}`, {
      cause: cause.cause,
      hints: [...hints, checkEndpoint],
    });
  }
  const where = endpoint ?? `STS in ${region}`;
  const timedOut = fault.name === "TimeoutError" || fault.name === "AbortError";
  return new NetworkError(
    timedOut ? "ERR_TIMEOUT" : "ERR_CONNECTION",
    `cannot reach ${where} for ${name}: ${timedOut ? "no answer in the time allowed" : (fault.code ?? fault.name ?? "unknown fault")}`,
    {
      cause,
      hints: ["check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)", checkEndpoint],
    },
  );
}
