import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AwsCredentials } from "../aws/credentials.js";
import { hasForm } from "../aws/issued-values.js";
import { createStsClient } from "./sts-client.js";
import { callSts } from "./call-sts.js";
import type { StsConnection } from "./sts-connection.js";

/**
 * Returns the ARN of the credentials. This call needs no permission.
 *
 * @throws NetworkError, or the error of the SDK
 */
export async function getCallerArn(
  credentials: AwsCredentials,
  connection: StsConnection,
): Promise<string | undefined> {
  const client = createStsClient(credentials, connection);
  try {
    const answer = await callSts(connection, (abortSignal) =>
      client.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    return hasForm("arn", answer.Arn) ? answer.Arn : undefined;
  } finally {
    client.destroy();
  }
}
