import { assumeRole } from "./assume-role.js";
import type { Setting } from "../create-session.js";
import { header } from "../signature/received-request.js";
import type { ReceivedRequest } from "../signature/received-request.js";
import { Refusal } from "../refusal.js";
import type { Session } from "../signature/session-token.js";
import { verifySigV4 } from "../signature/sigv4.js";
import { getScopedCredentials } from "./get-scoped-credentials.js";
import { getWebIdentityToken } from "./get-web-identity-token.js";
import type { QueryParameters } from "./query-parameters.js";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

type Action = (parameters: QueryParameters, caller: Session, setting: Setting) => object;

const actions: Readonly<Record<string, Action>> = {
  AssumeRole: assumeRole,
  GetScopedCredentials: getScopedCredentials,
  GetWebIdentityToken: getWebIdentityToken,
  GetCallerIdentity: (_, { assumedRoleArn, assumedRoleId }) => ({
    Arn: assumedRoleArn,
    UserId: assumedRoleId,
    Account: assumedRoleArn.split(":")[4] ?? "",
  }),
};

const regionalOnly: ReadonlySet<string> = new Set(["GetScopedCredentials", "GetWebIdentityToken"]);

/**
 * Answers an STS request.
 *
 * @returns The members of the action's result.
 * @throws Refusal
 */
export function answerSts(request: ReceivedRequest, parameters: QueryParameters, setting: Setting): object {
  const name = parameters.get("Action");
  if (name === undefined) throw new Refusal(400, "MissingAction", "The request must contain the parameter Action");
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  const version = parameters.get("Version") ?? "(none)";
  const isGlobal = header(request, "host") === "sts.amazonaws.com";
  if (action === undefined || version !== "2011-06-15" || (isGlobal && regionalOnly.has(name))) {
    throw new Refusal(400, "InvalidAction", `Could not find operation ${name} for version ${version}`);
  }
  return action(parameters, verifySigV4(request, setting.now, setting.sealingKey), setting);
}

export function formatStsResult(action: string, result: object, requestId: string): string {
  const metadata = formatXml({ ResponseMetadata: { RequestId: requestId } });
  return `<${action}Response xmlns="${namespace}">\n${formatXml({ [`${action}Result`]: result })}${metadata}</${action}Response>\n`;
}

export function formatStsError({ statusCode, code, message }: Refusal, requestId: string): string {
  const type = statusCode < 500 ? "Sender" : "Receiver";
  const content = formatXml({ Error: { Type: type, Code: code, Message: message }, RequestId: requestId });
  return `<ErrorResponse xmlns="${namespace}">\n${content}</ErrorResponse>\n`;
}

function formatXml(members: object, indent = "  "): string {
  return Object.entries(members)
    .map(([name, value]: [string, unknown]) =>
      typeof value === "object" && value !== null
        ? `${indent}<${name}>\n${formatXml(value, `${indent}  `)}${indent}</${name}>\n`
        : `${indent}<${name}>${escapeXml(String(value))}</${name}>\n`,
    )
    .join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
