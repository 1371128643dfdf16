import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from "@aws-sdk/client-sts";
import type { CompleteHop } from "../aws/assume-role.js";
import type { AwsCredentials } from "../aws/credentials.js";
import { hasForm, isDate, requestIdOf } from "../aws/issued-values.js";
import { ServiceError } from "../errors.js";
import { callSts } from "./call-sts.js";
import { assumeRoleError } from "./assume-role-error.js";
import type { Session } from "./session.js";
import { createStsClient } from "./sts-client.js";
import type { StsConnection } from "./sts-connection.js";
import { monotonicMs } from "../aws/monotonic.js";

export interface HopRequest {
  readonly credentials: AwsCredentials;
  readonly parameters: CompleteHop;
  /** The role's name in messages: `chained role 2 of 2 (arn:…)`. */
  readonly name: string;
}

/**
 * Calls AssumeRole once.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(
  { credentials, parameters, name }: HopRequest,
  connection: StsConnection,
): Promise<Session> {
  const { region, signal } = connection;
  const client = createStsClient(credentials, connection);
  try {
    const startedMs = monotonicMs();
    const answer = await callSts(connection, (abortSignal) =>
      client.send(new AssumeRoleCommand(commandInput(parameters)), { abortSignal }),
    );
    connection.debug(`${name}: assumed in ${region} after ${Math.round(monotonicMs() - startedMs)} ms`);
    return { ...decodeAnswer(answer, name), roleArn: parameters.RoleArn, region };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    signal?.throwIfAborted();
    throw assumeRoleError(error, parameters, { name, region, endpoint: connection.endpoint });
  } finally {
    client.destroy();
  }
}

/** What AssumeRole and AssumeRoleWithWebIdentity answer in common. */
export type AssumedRole = Pick<
  AssumeRoleCommandOutput,
  "$metadata" | "AssumedRoleUser" | "Credentials" | "PackedPolicySize" | "SourceIdentity"
>;

/** @throws ServiceError `ERR_SERVICE_RESPONSE` */
export function decodeAnswer(answer: AssumedRole, name: string, operation = "AssumeRole") {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (
    AccessKeyId === undefined ||
    SecretAccessKey === undefined ||
    SessionToken === undefined ||
    Expiration === undefined
  ) {
    throw unusable(`the answer of ${operation} for ${name} has no complete credentials in it`, answer, operation);
  }
  const malformed = malformedAnswer(answer);
  if (malformed !== undefined) {
    throw unusable(
      `the answer of ${operation} for ${name} has a malformed ${malformed}, expected one line of the characters that AWS uses there`,
      answer,
      operation,
    );
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
  };
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

function malformedAnswer({ Credentials, AssumedRoleUser, SourceIdentity }: AssumedRole): string | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!hasForm("accessKeyId", AccessKeyId)) return "AccessKeyId";
  if (!hasForm("secretAccessKey", SecretAccessKey)) return "SecretAccessKey";
  if (!hasForm("sessionToken", SessionToken)) return "SessionToken";
  if (!isDate(Expiration)) return "Expiration";
  const { Arn, AssumedRoleId } = AssumedRoleUser ?? {};
  if (Arn !== undefined && !hasForm("arn", Arn)) return "Arn";
  if (AssumedRoleId !== undefined && !hasForm("assumedRoleId", AssumedRoleId)) return "AssumedRoleId";
  return SourceIdentity === undefined || hasForm("sourceIdentity", SourceIdentity) ? undefined : "SourceIdentity";
}

function unusable(message: string, { $metadata }: AssumedRole, operation: string): ServiceError {
  return new ServiceError("ERR_SERVICE_RESPONSE", message, {
    service: "sts",
    operation,
    statusCode: 200,
    serviceCode: "",
    requestId: requestIdOf($metadata.requestId),
    hints: ["check that the STS endpoint (AWS_ENDPOINT_URL_STS) is one"],
  });
}
