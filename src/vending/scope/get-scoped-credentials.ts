import type { AwsCredentials } from "../../aws/credentials.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { formatEndpoint } from "../../aws/endpoint.js";
import { parseQueryFault } from "../../aws/http/query-fault.js";
import { sendWithRetry } from "../../aws/http/send-with-retry.js";
import type { SendContext } from "../../aws/http/send-with-retry.js";
import type { Region } from "../../aws/region.js";
import { createHmacScheme } from "../../signing/hmac-scheme.js";
import { createSignedRequest } from "../signed-request.js";
import { decodeScopedCredentials } from "./answer.js";
import type { ScopedCredentials } from "./answer.js";
import { scopeError } from "./error.js";

const service = "sts";

/** The parameters of GetScopedCredentials, in AWS's own names. */
export interface ScopeParameters {
  readonly Policy?: string;
  readonly DurationSeconds?: number;
  readonly ScopedSessionDescription?: string;
}

/** The connection to STS. */
export interface ScopeConnection extends SendContext {
  readonly endpoint: Endpoint;
  readonly region: Region;
  readonly userAgent: string;
}

/**
 * Calls GetScopedCredentials once.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */
export async function getScopedCredentials(
  parameters: ScopeParameters,
  credentials: AwsCredentials,
  connection: ScopeConnection,
): Promise<ScopedCredentials> {
  const { endpoint, region, userAgent, debug } = connection;
  const body = new URLSearchParams({
    Action: "GetScopedCredentials",
    Version: "2011-06-15",
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
  }).toString();
  const unsigned = {
    method: "POST",
    target: `${endpoint.pathPrefix}/`,
    headers: [
      ["content-type", "application/x-www-form-urlencoded; charset=utf-8"],
      ["host", endpoint.host],
    ],
    body,
  } as const;
  const build = createSignedRequest(unsigned, {
    scheme: createHmacScheme(credentials, service, region),
    endpoint,
    pathSigning: "normalized",
    unsignedHeaders: [["user-agent", userAgent]],
  });
  debug(`GetScopedCredentials: ${Object.keys(parameters).join(", ")} to ${formatEndpoint(endpoint)}`);
  const response = await sendWithRetry(build, { ...connection, readFault: parseQueryFault });
  if (response.statusCode !== 200) throw scopeError(parseQueryFault(response));
  return decodeScopedCredentials(response, formatEndpoint(endpoint));
}
