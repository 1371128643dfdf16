// Prints who the profile named by AWS_PROFILE is, as any program with the AWS SDK for JavaScript would find out. Runs
// as its own process so that only its environment counts.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
process.stdout.write(Arn);
