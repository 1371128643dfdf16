import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import type { AwsCredentials } from "../aws/credentials.js";
import { createHttpsAgent } from "../aws/http/https-agent.js";
import type { TlsSettings } from "../aws/http/https-agent.js";
import { NetworkError, ServiceError } from "../errors.js";
import { assumeRoleError } from "./assume-role-error.js";
import type { Session } from "./session.js";

export interface StsConnection extends TlsSettings {
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** Milliseconds for the whole call, retries included. */
  readonly overallMs: number;
  readonly debug: (line: string) => void;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}

export interface HopRequest {
  readonly credentials: AwsCredentials;
  readonly parameters: AssumeRoleParameters & { readonly RoleSessionName: string };
  /** How messages name the hop: `hop 2 (arn:…)`. */
  readonly name: string;
}

/**
 * One AssumeRole call.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(
  { credentials, parameters, name }: HopRequest,
  connection: StsConnection,
): Promise<Session> {
  const { region, overallMs, signal } = connection;
  const client = createStsClient(credentials, connection);
  try {
    const startedMs = performance.now();
    const answer = await client.send(new AssumeRoleCommand(commandInput(parameters)), {
      abortSignal: AbortSignal.any([AbortSignal.timeout(overallMs), ...(signal === undefined ? [] : [signal])]),
    });
    connection.debug(`${name}: assumed in ${region} after ${Math.round(performance.now() - startedMs)} ms`);
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (
      AccessKeyId === undefined ||
      SecretAccessKey === undefined ||
      SessionToken === undefined ||
      Expiration === undefined
    ) {
      throw incomplete(name, answer.$metadata.requestId);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
      assumedRoleArn: answer.AssumedRoleUser?.Arn,
      assumedRoleId: answer.AssumedRoleUser?.AssumedRoleId,
      packedPolicySize: answer.PackedPolicySize,
      sourceIdentity: answer.SourceIdentity,
      roleArn: parameters.RoleArn,
      region,
    };
  } catch (error) {
    if (error instanceof ServiceError || error instanceof NetworkError) throw error;
    signal?.throwIfAborted();
    throw assumeRoleError(error, parameters, { name, region, endpoint: connection.endpoint });
  } finally {
    client.destroy();
  }
}

/** An STS client on the regional endpoint. */
export function createStsClient(credentials: AwsCredentials, connection: StsConnection): STSClient {
  const { region, endpoint, useFipsEndpoint, useDualstackEndpoint } = connection;
  return new STSClient({
    region,
    credentials,
    maxAttempts: 3,
    useFipsEndpoint: useFipsEndpoint && endpoint === undefined,
    useDualstackEndpoint: useDualstackEndpoint && endpoint === undefined,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 10_000,
      requestTimeout: 20_000,
      httpsAgent: createHttpsAgent(connection, `https://sts.${region}.amazonaws.com/`, endpoint),
    }),
  });
}

function commandInput(parameters: HopRequest["parameters"]): AssumeRoleCommandInput {
  const { PolicyArns, Tags, TransitiveTagKeys, ...rest } = parameters;
  return {
    ...rest,
    ...(PolicyArns === undefined ? {} : { PolicyArns: [...PolicyArns] }),
    ...(Tags === undefined ? {} : { Tags: [...Tags] }),
    ...(TransitiveTagKeys === undefined ? {} : { TransitiveTagKeys: [...TransitiveTagKeys] }),
  };
}

function incomplete(name: string, requestId: string | undefined): ServiceError {
  return new ServiceError(
    "ERR_SERVICE_RESPONSE",
    `the answer of AssumeRole for ${name} has no complete credentials in it`,
    {
      service: "sts",
      operation: "AssumeRole",
      statusCode: 200,
      serviceCode: "",
      requestId,
      hints: ["check that the STS endpoint (AWS_ENDPOINT_URL_STS) is one"],
    },
  );
}
