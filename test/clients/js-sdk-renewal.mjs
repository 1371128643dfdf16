// Prints who it is; then does so again for each line on standard input, with a new client when the line says "new". One
// process with the default configuration of the AWS SDK for JavaScript v3.
import { createInterface } from "node:readline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

let client = new STSClient({});
const tell = async () => {
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  const { accessKeyId } = await client.config.credentials();
  process.stdout.write(`${Arn} ${accessKeyId}\n`);
};
await tell();
for await (const line of createInterface(process.stdin)) {
  if (line === "new") client = new STSClient({});
  await tell();
}
