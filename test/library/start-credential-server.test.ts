import { fromContainerMetadata, fromHttp, fromInstanceMetadata } from "@aws-sdk/credential-providers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fromRolesAnywhere, startCredentialServer, startEmulator } from "../../src/index.js";
import type { AwsCredentials } from "../../src/index.js";
import { runProgram } from "../support/run-program.js";

const roleArn = "arn:aws:iam::111122223333:role/Demo";

afterEach(() => vi.unstubAllEnvs());

const session = (changes: Partial<AwsCredentials> = {}): AwsCredentials => ({
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "token",
  expiration: new Date(Date.now() + 3_600_000),
  ...changes,
});

describe("startCredentialServer", () => {
  it("serves a provider's sessions to the SDK's container provider, behind the token", async () => {
    await using emulator = await startEmulator();
    const provider = fromRolesAnywhere(emulator.providerOptions);
    await using server = await startCredentialServer({ provider, roleArn, region: "us-east-1" });
    const { accessKeyId } = await provider();
    expect(server.variables).toEqual({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: server.token,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    });
    const read = fromHttp({
      awsContainerCredentialsFullUri: `${server.url}/credentials`,
      awsContainerAuthorizationToken: server.token,
    });
    expect(await read()).toMatchObject({ accessKeyId });
    expect(emulator.count("CreateSession")).toBe(1);
    expect((await fetch(`${server.url}/credentials`)).status).toBe(401);
  });

  it("serves as the instance metadata service when asked to, which names the role", async () => {
    const provider = async () => session();
    await using server = await startCredentialServer({ provider, roleArn, container: false, metadata: true });
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"]);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "false");
    expect(await fromInstanceMetadata({ timeout: 5_000 })()).toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
    await expect(fromContainerMetadata({ timeout: 1_000 })()).rejects.toThrow(/container/);
  });

  it("gives a child an environment in which nothing competes", async () => {
    await using server = await startCredentialServer({ provider: async () => session(), roleArn });
    const environment = server.environment({ PATH: process.env["PATH"], AWS_PROFILE: "x", AWS_ACCESS_KEY_ID: "y" });
    expect(environment).toEqual({ PATH: process.env["PATH"], ...server.variables });
    const script = `import { defaultProvider } from "@aws-sdk/credential-provider-node";
      const { accessKeyId } = await defaultProvider()();
      process.stdout.write(accessKeyId);`;
    const child = await runProgram(process.execPath, ["--input-type=module", "--eval", script], {
      env: server.environment({}),
    });
    expect(child.stdout).toBe("ASIAEXAMPLE");
  });

  it("asks the provider for a new session in time, one at once, and serves the old one meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    try {
      const failures: unknown[] = [];
      const provider = vi.fn(async (_options?: { readonly forceRefresh?: boolean }) => session());
      const onRenewalFailed = (error: unknown) => failures.push(error);
      const server = await startCredentialServer({ provider, roleArn, onRenewalFailed });
      expect(provider.mock.calls).toEqual([[]]);
      await vi.advanceTimersByTimeAsync(34 * 60_000);
      expect(provider).toHaveBeenCalledTimes(1);
      const fault = new Error("not now");
      provider.mockRejectedValueOnce(fault);
      await vi.advanceTimersByTimeAsync(8 * 60_000);
      expect(provider.mock.calls.slice(1)).toEqual([[{ forceRefresh: true }], [{ forceRefresh: true }]]);
      expect(failures).toEqual([fault]);
      await server.close();
      await vi.advanceTimersByTimeAsync(3 * 3_600_000);
      expect(provider).toHaveBeenCalledTimes(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("refuses what it cannot serve", async () => {
    const failure = (changes: object) =>
      startCredentialServer({ provider: async () => session(), roleArn, ...changes }).then((server) => server.close());
    await expect(failure({ roleArn: "arn:aws:iam::1:user/x" })).rejects.toMatchObject({ code: "ERR_ARN" });
    await expect(failure({ container: false })).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    await expect(failure({ host: "localhost" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ host: "0.0.0.0" })).rejects.toMatchObject({
      code: "ERR_LISTEN",
      hints: expect.arrayContaining([expect.stringContaining("add allowRemote: true")]),
    });
    await expect(failure({ token: "short" })).rejects.toMatchObject({ code: "ERR_INPUT" });
    const { expiration: _, ...endless } = session();
    await expect(failure({ provider: async () => endless })).rejects.toMatchObject({ code: "ERR_CREDENTIALS" });
    const fault = new Error("no luck");
    await expect(failure({ provider: () => Promise.reject(fault) })).rejects.toBe(fault);
  });
});
