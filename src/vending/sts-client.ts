import { STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentials } from "../aws/credentials.js";
import { defaultTimeouts } from "../aws/http/exchange.js";
import { createSdkHandler } from "../aws/http/sdk-handler.js";
import type { StsConnection } from "./sts-connection.js";

/**
 * Creates an STS client for the regional endpoint.
 *
 * @param credentials Undefined for an operation that is not signed.
 */
export function createStsClient(credentials: AwsCredentials | undefined, connection: StsConnection): STSClient {
  const { region, endpoint, useFipsEndpoint, useDualstackEndpoint } = connection;
  return new STSClient({
    region,
    ...(credentials === undefined ? {} : { credentials }),
    // callSts retries, with the same policies as all other requests.
    maxAttempts: 1,
    useFipsEndpoint: useFipsEndpoint && endpoint === undefined,
    useDualstackEndpoint: useDualstackEndpoint && endpoint === undefined,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: createSdkHandler(connection, defaultTimeouts),
  });
}
