import type { HttpResponse } from "../aws/http/exchange.js";
import { isThrottling, parseServiceFault } from "../aws/http/service-fault.js";
import type { ServiceFault } from "../aws/http/service-fault.js";
import { ServiceError } from "../errors.js";
import { debugHint, message, setting, suspecting } from "../message.js";
import type { Text } from "../message.js";
import type { VendSettings } from "../settings/vend-settings.js";

type Hints = (settings: VendSettings, gaps: readonly Text[]) => readonly Text[];

const rolePolicy = (settings: VendSettings): string =>
  `the trust policy of ${settings.roleArn.value.text} must let principal rolesanywhere.amazonaws.com do sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity`;

const aboutOrigin = /identity propagation|origin ?identity|tip ?configuration|subject ?source/i;

/** Tells whether a message is about a missing subject for identity propagation. AWS does not document its text. */
export function isAboutOrigin(said: string): boolean {
  return aboutOrigin.test(said);
}

/** Patterns of the service's messages and their usual causes; the first match applies. */
const causes: readonly (readonly [RegExp, Hints])[] = [
  [
    /insufficient certificate/i,
    () => [
      suspecting(
        "certificate",
        "the leaf must be an end-entity certificate: X.509 v3, basicConstraints CA:FALSE, keyUsage digitalSignature, signed with SHA-256 or stronger, with a subject",
      ),
      suspecting("certificate", message`give the leaf itself to ${setting("certificate")}, not its authority`),
    ],
  ],
  [
    /untrusted (signing )?certificate/i,
    (settings, gaps) => [
      ...gaps,
      suspecting(
        "trustAnchor",
        `the certificate must chain to the authority in trust anchor ${settings.trustAnchorArn.value.text}: compare its issuer with "aws rolesanywhere get-trust-anchor"`,
      ),
      suspecting(
        "trustAnchor",
        settings.identity.intermediates === undefined
          ? message`if an intermediate authority issued it, add the chain to the certificate file or name it with ${setting("intermediates")}`
          : message`check that the file that ${setting("intermediates")} names links the leaf to the trust anchor`,
      ),
      "check that the certificate is not on an imported revocation list",
    ],
  ],
  [
    aboutOrigin,
    ({ profileArn }) => [
      `profile ${profileArn.value.text} has trusted identity propagation, and the certificate lacks the field that its subjectSource names: x509Subject/CN by default, or x509SAN/URI`,
      'issue a certificate that has the field, or change it with "aws rolesanywhere update-profile --tip-configuration"',
    ],
  ],
  [
    /session ?name/i,
    () => [
      message`enable acceptRoleSessionName on the Roles Anywhere profile, or leave ${setting("role-session-name")} out`,
    ],
  ],
  [
    /unable to assume role/i,
    (settings) => [
      rolePolicy(settings),
      "a condition in that policy may not match: aws:PrincipalTag/x509Subject/CN and the like, aws:SourceArn, aws:SourceAccount",
      `the role must be on the list of profile ${settings.profileArn.value.text}, and the profile enabled`,
      `the session asked for (${settings.durationSeconds.value} s) must not exceed the role's MaxSessionDuration`,
      "the role must exist under exactly this name and path",
      "right after a change wait some seconds: IAM spreads it slowly",
    ],
  ],
  [
    /duration/i,
    (settings) => [
      message`ask for less than ${settings.durationSeconds.value} s with ${setting("session-duration")}, or raise the role's MaxSessionDuration`,
    ],
  ],
  [
    /signature (expired|not yet current)|request (has )?expired/i,
    () => [suspecting("clock", "check the clock of this machine: it must be right within a few minutes")],
  ],
  [
    /credential should be scoped to a valid region/i,
    ({ region, trustAnchorArn: { value: anchor } }) => [
      message`the request was signed for ${region.value}, and trust anchor ${anchor.text} is in ${anchor.region}: leave ${setting("region")} out, or give ${anchor.region}`,
    ],
  ],
  [
    /invalid signature|signature.*match/i,
    () => [
      suspecting(
        "certificate",
        "the private key must belong to the certificate, and nothing between here and AWS may change the request",
      ),
      message`compare the canonical request that ${setting("debug")} shows`,
    ],
  ],
  [/disabled/i, () => ["enable the trust anchor and the profile in IAM Roles Anywhere"]],
  [/revoked/i, () => ["the certificate is on a revocation list of the trust anchor: have a new one issued"]],
  [/expired/i, () => [suspecting("certificate", "renew the certificate")]],
  [
    /account/i,
    () => [
      message`trust anchor, profile and role must be of one account; reach other accounts with ${setting("assume-role-arn")}`,
    ],
  ],
];

/**
 * Explains a CreateSession error with code, message, request ID and known causes.
 *
 * @param gaps What the chain may lack.
 */
export function createSessionError(
  response: HttpResponse,
  settings: VendSettings,
  gaps: readonly Text[] = [],
): ServiceError {
  const fault = parseServiceFault(response);
  const { statusCode, serviceCode, message, requestId } = fault;
  const said = [serviceCode, message].filter((part) => part !== "").join(": ");
  const id = requestId === undefined ? "" : `, request id ${requestId}`;
  return new ServiceError(
    errorCode(fault),
    `CreateSession was refused: ${said === "" ? "no reason given" : said} (HTTP ${statusCode}${id})`,
    {
      service: "rolesanywhere",
      operation: "CreateSession",
      statusCode,
      serviceCode,
      requestId,
      hints: hintsFor(fault, settings, gaps),
    },
  );
}

function errorCode(fault: ServiceFault): "ERR_THROTTLED" | "ERR_ACCESS_DENIED" | "ERR_SERVICE" {
  if (isThrottling(fault)) return "ERR_THROTTLED";
  return fault.statusCode === 401 || fault.statusCode === 403 ? "ERR_ACCESS_DENIED" : "ERR_SERVICE";
}

function hintsFor(fault: ServiceFault, settings: VendSettings, gaps: readonly Text[]): readonly Text[] {
  if (isThrottling(fault))
    return [
      "CreateSession takes about ten calls a second in an account and region: keep the cache on, or have the quota raised",
    ];
  if (fault.statusCode >= 500)
    return ["the service has a fault of its own: try again, and see the AWS health dashboard"];
  const { message: said } = fault;
  const known = causes.find(([pattern]) => pattern.test(said));
  if (known !== undefined) return known[1](settings, gaps);
  if (fault.statusCode === 404) {
    return [
      `check that trust anchor, profile and role exist, in region ${settings.region.value} and under exactly these ARNs`,
    ];
  }
  if (fault.statusCode === 403 || fault.statusCode === 401) {
    return [
      rolePolicy(settings),
      "check that trust anchor and profile are enabled, and that this certificate chains to the trust anchor",
    ];
  }
  return [debugHint];
}
