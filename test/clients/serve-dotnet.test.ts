import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { startCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { readServed } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireTools } from "../support/tools.js";

let identity: EmulatedIdentity;
let served: Served;

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  const words = ["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")];
  served = await readServed(startCli(words, { env: { XDG_RUNTIME_DIR: createScratch("runtime") } }));
});
afterAll(async () => {
  await served.cli.stop();
  await identity.emulator.stop();
});

const container = {
  AWS_EC2_METADATA_DISABLED: "true",
};
const ways = {
  "container credentials": () => ({
    ...container,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${served.url}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: served.token,
  }),
  "container credentials, with slashes to spare": () => ({
    ...container,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${served.url}//credentials/`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: served.token,
  }),
  IMDSv2: () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: served.url }),
  "IMDSv2 at an endpoint that ends in a slash": () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${served.url}/` }),
} as const;

describe.each(["aws-dotnet", "aws-dotnet3"] as const)("%s", (program) => {
  const isHere = requireTools("serve read by the AWS SDK for .NET", program);
  test.skipIf(!isHere).each(Object.keys(ways) as (keyof typeof ways)[])("reads %s", async (way) => {
    const env = {
      ...ways[way](),
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_STS: identity.emulator.url,
      AWS_ENDPOINT_URL: identity.emulator.url,
    };
    const { stdout, stderr, status } = await runProgram(program, ["identity"], { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("assumed-role/Demo/");
  });
});
