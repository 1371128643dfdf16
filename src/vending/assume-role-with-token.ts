import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import type { AssumeRoleParameters, CompleteHop } from "../aws/assume-role.js";
import { withHints } from "../aws/http/with-hints.js";
import { ServiceError } from "../errors.js";
import { decodeAnswer } from "./assume-role.js";
import { assumeRoleError } from "./assume-role-error.js";
import { callSts } from "./call-sts.js";
import type { Session } from "./session.js";
import { createStsClient } from "./sts-client.js";
import type { StsConnection } from "./sts-connection.js";

const operation = "AssumeRoleWithWebIdentity";

/** A role, and the token that stands for credentials. */
export interface TokenRequest {
  readonly token: string;
  readonly parameters: Pick<
    CompleteHop & Required<Pick<AssumeRoleParameters, "DurationSeconds">>,
    "RoleArn" | "RoleSessionName" | "DurationSeconds" | "Policy" | "PolicyArns"
  >;
  /** Who the token speaks for, for messages. */
  readonly subject: string;
}

/**
 * One AssumeRoleWithWebIdentity call, which nothing signs: the token is the proof.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRoleWithToken(
  { token, parameters, subject }: TokenRequest,
  connection: StsConnection,
): Promise<Session> {
  const { region, signal, endpoint } = connection;
  const { RoleArn, PolicyArns, ...rest } = parameters;
  const name = `role ${RoleArn}`;
  const client = createStsClient(undefined, connection);
  try {
    const command = new AssumeRoleWithWebIdentityCommand({
      ...rest,
      RoleArn,
      WebIdentityToken: token,
      ...(PolicyArns === undefined ? {} : { PolicyArns: [...PolicyArns] }),
    });
    const answer = await callSts(connection, (abortSignal) => client.send(command, { abortSignal }));
    return { ...decodeAnswer(answer, name, operation), roleArn: RoleArn, region };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    signal?.throwIfAborted();
    const told = assumeRoleError(error, parameters, { name, region, endpoint, operation });
    const hints = told instanceof ServiceError ? hintsFor(told.serviceCode, RoleArn, subject) : undefined;
    throw told instanceof ServiceError && hints !== undefined ? withHints(told, hints) : told;
  } finally {
    client.destroy();
  }
}

function hintsFor(serviceCode: string, roleArn: string, subject: string): readonly string[] | undefined {
  if (serviceCode.startsWith("AccessDenied")) {
    return [
      `the trust policy of ${roleArn} must name the OIDC provider of the trust domain as Federated principal, with sts:AssumeRoleWithWebIdentity`,
      `its conditions must fit: PROVIDER:sub is ${subject}, PROVIDER:aud the audience`,
    ];
  }
  if (/^(InvalidIdentityToken|IDPCommunicationError|IDPRejectedClaim)/.test(serviceCode)) {
    return [
      "IAM must have an OIDC provider for the issuer of the token, and reach its keys: SPIRE's OIDC discovery provider publishes them",
      "the audience must be one of that provider: aws iam list-open-id-connect-providers",
    ];
  }
  if (serviceCode.startsWith("ExpiredToken")) return ["compare the clocks of this machine and of the SPIFFE server"];
  return undefined;
}
