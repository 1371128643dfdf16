import type { AwsCredentials } from "../../aws/credentials.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { formatEndpoint } from "../../aws/endpoint.js";
import type { HttpRequest } from "../../aws/http/exchange.js";
import { parseQueryFault } from "../../aws/http/query-fault.js";
import { sendWithRetry } from "../../aws/http/send-with-retry.js";
import type { SendContext } from "../../aws/http/send-with-retry.js";
import type { Region } from "../../aws/region.js";
import { createHmacScheme } from "../../signing/hmac-scheme.js";
import { signWithHeaders } from "../../signing/sign-headers.js";
import { sha256Hex } from "../../signing/string-to-sign.js";
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
  const payloadHash = sha256Hex(body);
  const scheme = createHmacScheme(credentials, service, region);
  const unsigned = {
    method: "POST",
    target: `${endpoint.pathPrefix}/`,
    headers: [
      ["content-type", "application/x-www-form-urlencoded; charset=utf-8"],
      ["host", endpoint.host],
    ],
  } as const;
  const build = async (now: Date): Promise<HttpRequest> => {
    const signed = await signWithHeaders(unsigned, {
      scheme,
      now,
      payloadHash,
      pathSigning: "normalized",
      sendPayloadHash: false,
      tokenUnsigned: false,
    });
    const { protocol, hostname, port } = endpoint;
    return {
      protocol,
      hostname,
      port,
      method: signed.method,
      target: signed.target,
      headers: [...signed.headers, ["user-agent", userAgent], ["content-length", String(Buffer.byteLength(body))]],
      body,
    };
  };
  debug(`GetScopedCredentials: ${Object.keys(parameters).join(", ")} to ${formatEndpoint(endpoint)}`);
  const response = await sendWithRetry(build, { ...connection, readFault: parseQueryFault });
  if (response.statusCode !== 200) throw scopeError(parseQueryFault(response));
  return decodeScopedCredentials(response, formatEndpoint(endpoint));
}
