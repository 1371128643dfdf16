import { isThrottling } from "../../aws/http/service-fault.js";
import type { ServiceFault } from "../../aws/http/service-fault.js";
import { ServiceError } from "../../errors.js";
import { debugHint, message, setting, suspecting } from "../../message.js";
import type { Text } from "../../message.js";

const hintsByCode: readonly (readonly [RegExp, readonly Text[]])[] = [
  [
    /^AccessDenied/,
    [
      "the role's permissions must allow sts:GetScopedCredentials on resource *",
      message`a session that is scoped already needs that in its own policy (${setting("scope", "rescope")}), and takes at most 3 policies`,
    ],
  ],
  [
    /^MalformedPolicyDocument/,
    [
      message`mend the policy of ${setting("scope-policy")}: a scope policy has no Principal, and each statement has Effect, Action and Resource`,
    ],
  ],
  [/^PackedPolicyTooLarge/, ["shorten the policy: with the session tags it makes the session token too large"]],
  [
    /^InsufficientSessionLifetime/,
    [message`a scope cannot outlast its session: lower ${setting("scope-duration")}, or leave it out`],
  ],
  [
    /^(?:ExpiredToken|InvalidSubjectCredentials)/,
    [
      suspecting("clock", "the session to scope down has ended: check the clock of this machine"),
      "only temporary credentials can be scoped down",
    ],
  ],
  [
    /^(?:InvalidClientTokenId|UnrecognizedClient|RegionDisabled)/,
    [
      message`STS of this region does not know the session: check ${setting("region")}, and that the region is enabled in the account`,
    ],
  ],
  [
    /^InvalidAction/,
    [
      "this STS does not know GetScopedCredentials: the global endpoint and old gateways lack it (AWS_ENDPOINT_URL_STS)",
    ],
  ],
];

/** Explains a GetScopedCredentials error with code, message, request ID and known causes. */
export function scopeError(fault: ServiceFault): ServiceError {
  const { statusCode, serviceCode, message: said, requestId } = fault;
  const words = [serviceCode, said].filter((part) => part !== "").join(": ");
  const id = requestId === undefined ? "" : `, request id ${requestId}`;
  const known = hintsByCode.find(([pattern]) => pattern.test(serviceCode));
  return new ServiceError(
    errorCode(fault),
    `GetScopedCredentials was refused: ${words === "" ? "no reason given" : words} (HTTP ${statusCode}${id})`,
    {
      service: "sts",
      operation: "GetScopedCredentials",
      statusCode,
      serviceCode,
      requestId,
      hints: known?.[1] ?? [debugHint],
    },
  );
}

function errorCode(fault: ServiceFault): "ERR_THROTTLED" | "ERR_ACCESS_DENIED" | "ERR_SERVICE" {
  if (isThrottling(fault)) return "ERR_THROTTLED";
  return fault.statusCode === 403 ? "ERR_ACCESS_DENIED" : "ERR_SERVICE";
}
