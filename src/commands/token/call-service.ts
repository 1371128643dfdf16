import { setTimeout as sleep } from "node:timers/promises";
import type { AwsCredentials } from "../../aws/credentials.js";
import { defaultTimeouts } from "../../aws/http/exchange.js";
import { joinHeaders } from "../../aws/http/header-fields.js";
import type { HeaderFields } from "../../aws/http/header-fields.js";
import { parseQueryFault } from "../../aws/http/query-fault.js";
import type { ServiceFault } from "../../aws/http/service-fault.js";
import { createTransport } from "../../aws/http/transport.js";
import { ServiceError } from "../../errors.js";
import { createBytesBody, readWhole } from "../../request/body.js";
import { converse } from "../../request/conversation.js";
import { prepareSigned } from "../../request/outgoing.js";
import { parseRequestUrl } from "../../request/target.js";
import { resolveTrust } from "../../settings/service-connection.js";
import { version } from "../../version.js";
import type { Invocation } from "../invocation.js";
import type { TokenInput } from "./input.js";

export interface ServiceCall {
  readonly service: string;
  readonly operation: string;
  readonly url: string;
  readonly region: string;
  readonly headers: HeaderFields;
  readonly body: string;
}

export interface CallContext {
  readonly flags: TokenInput["flags"];
  readonly invocation: Invocation;
}

const maxRetries = 3;

/**
 * Sends one signed POST to an AWS service.
 *
 * @returns The body.
 * @throws ServiceError, NetworkError
 */
export async function callService(
  { service, operation, url, region, headers, body }: ServiceCall,
  credentials: AwsCredentials,
  { flags, invocation }: CallContext,
): Promise<string> {
  const deadline = AbortSignal.timeout(defaultTimeouts.overallMs);
  const answer = await converse(
    {
      method: "POST",
      target: parseRequestUrl(url),
      headers,
      unsignedHeaders: [["user-agent", `rolesanywhere-ts/${version}`]],
      body: createBytesBody(Buffer.from(body, "utf8")),
    },
    {
      transport: createTransport({
        verifySsl: flags["no-verify-ssl"] !== true,
        caBundle: resolveTrust(flags.profile, invocation),
        proxy: undefined,
        variables: invocation.variables,
      }),
      connectTimeoutMs: defaultTimeouts.connectMs,
      deadline,
      decompress: false,
      followRedirects: false,
      maxRedirects: 0,
      retries: maxRetries,
      sign: (outgoing, now) =>
        prepareSigned(outgoing, { credentials, scope: { service, region, regionSet: undefined }, now }),
      now: () => new Date(),
      sleep: (ms) => sleep(ms, undefined, { signal: deadline }).catch(() => undefined),
      random: Math.random,
      observe: () => undefined,
    },
  );
  const text = (await readWhole(answer.body)).toString("utf8");
  if (answer.statusCode === 200) return text;
  const response = { statusCode: answer.statusCode, headers: joinHeaders(answer.headers), body: text };
  throw refused({ service, operation }, parseQueryFault(response));
}

function refused(
  { service, operation }: Pick<ServiceCall, "service" | "operation">,
  { statusCode, serviceCode, message: said, requestId }: ServiceFault,
) {
  const words = [serviceCode, said].filter((part) => part !== "").join(": ");
  return new ServiceError(
    statusCode === 403 ? "ERR_ACCESS_DENIED" : "ERR_SERVICE_RESPONSE",
    `${service} rejected ${operation} with status ${statusCode}: ${words}`,
    {
      service,
      operation,
      statusCode,
      serviceCode,
      requestId,
      hints: [`check that the role's policy allows ${service}:${operation}`],
    },
  );
}
