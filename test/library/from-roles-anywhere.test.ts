import { setTimeout as sleep } from "node:timers/promises";
// oxlint-disable no-restricted-imports -- these clients are what the provider is for
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
// oxlint-enable no-restricted-imports
import { createCredentialChain } from "@aws-sdk/credential-providers";
import { CredentialsProviderError } from "@smithy/core/config";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { AwsCredentialIdentityProvider, RuntimeConfigAwsCredentialIdentityProvider } from "@aws-sdk/types";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { fromRolesAnywhere } from "../../src/index.js";
import type { FailedRenewal, FromRolesAnywhereOptions, Renewal, RolesAnywhereProvider } from "../../src/index.js";
import { roleArn } from "../support/emulator-flags.js";
import { libraryOptions } from "../support/library-options.js";
import { arns } from "../support/vend-flags.js";

const minute = 60_000;
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});
afterEach(() => vi.useRealTimers());

function createClient(credentials: RolesAnywhereProvider, region = "us-east-1"): STSClient {
  return new STSClient({ region, credentials, endpoint: emulator.url });
}

const sessions = () => emulator.count("CreateSession");

describe("fromRolesAnywhere as the SDK takes it", () => {
  test("has the SDK's own type, for every client", () => {
    const provider = fromRolesAnywhere({ certificate: "client.pem", ...arnOptions() });
    const typed: RuntimeConfigAwsCredentialIdentityProvider = provider;
    const plain: AwsCredentialIdentityProvider = provider;
    const s3: S3ClientConfig["credentials"] = provider;
    const sts: STSClientConfig["credentials"] = provider;
    const dynamodb: DynamoDBClientConfig["credentials"] = provider;
    expect(new Set([typed, plain, s3, sts, dynamodb])).toEqual(new Set([provider]));
    for (const Client of [S3Client, STSClient, DynamoDBClient]) {
      expect(new Client({ region: "us-east-1", credentials: provider }).config.credentials).toBeTypeOf("function");
    }
  });

  test("gives a client its session, and the account for account-based endpoints", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    expect(sessions()).toBe(0);
    const answer = await createClient(provider).send(new GetCallerIdentityCommand({}));
    expect(answer.Arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/Demo\/[0-9a-f]+$/);
    expect(await provider()).toMatchObject({ accountId: "111122223333", expiration: expect.any(Date) });
    expect(sessions()).toBe(1);
  });

  test("leads DynamoDB to the account's own endpoint", async () => {
    const asked: string[] = [];
    const requestHandler = {
      handle: ({ hostname }: { readonly hostname: string }) => {
        asked.push(hostname);
        return Promise.reject(new Error("enough"));
      },
    };
    const credentials = fromRolesAnywhere(libraryOptions(emulator));
    const client = new DynamoDBClient({ region: "us-east-1", credentials, requestHandler, maxAttempts: 1 });
    await expect(client.send(new DescribeTableCommand({ TableName: "orders" }))).rejects.toThrow("enough");
    expect(asked).toEqual(["111122223333.ddb.us-east-1.amazonaws.com"]);
  });

  test("stands in a chain of the SDK, and ends it where it fails", async () => {
    const unset = () => Promise.reject(new CredentialsProviderError("not here", { tryNextLink: true }));
    const chain = createCredentialChain(unset, fromRolesAnywhere(libraryOptions(emulator)));
    expect((await chain()).accountId).toBe("111122223333");
    const failing = fromRolesAnywhere(libraryOptions(emulator, { certificate: "/nowhere.pem" }));
    const never = () => Promise.reject(new Error("it was asked"));
    await expect(createCredentialChain(failing, never)()).rejects.toMatchObject({ code: "ERR_CERTIFICATE" });
  });

  test("makes one session for any number of clients and requests at once", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const clients = Array.from({ length: 10 }, () => createClient(provider));
    const requests = clients.flatMap((client) =>
      Array.from({ length: 5 }, () => client.send(new GetCallerIdentityCommand({}))),
    );
    await Promise.all(requests);
    expect(sessions()).toBe(1);
  });

  test("renews behind a client's request when 20-25 minutes are left, not at the client's own five", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Math.floor(Date.now() / 1000) * 1000 });
    const renewals: Renewal[] = [];
    const client = createClient(
      fromRolesAnywhere(libraryOptions(emulator, { onRenewed: (renewal) => void renewals.push(renewal) })),
    );
    const ask = () => client.send(new GetCallerIdentityCommand({}));
    await ask();
    vi.setSystemTime(Date.now() + 34 * minute);
    await ask();
    expect(sessions()).toBe(1);
    vi.setSystemTime(Date.now() + 6 * minute);
    await ask();
    await vi.waitFor(() => expect(renewals).toHaveLength(2));
    expect(sessions()).toBe(2);
    const [first] = renewals;
    const leftMs = (first?.expiration.getTime() ?? 0) - (first?.renewAt.getTime() ?? 0);
    expect(leftMs).toBeGreaterThanOrEqual(20 * minute);
    expect(leftMs).toBeLessThanOrEqual(25 * minute);
  });

  test("gives the last session while renewal fails, to its end, then the failure", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const failures: FailedRenewal[] = [];
    const provider = fromRolesAnywhere(
      libraryOptions(emulator, { onRenewalFailed: (failure) => void failures.push(failure) }),
    );
    const first = await provider();
    emulator.addFaults({ kind: "error", statusCode: 403, code: "AccessDeniedException", message: "not now" });
    vi.setSystemTime(first.expiration.getTime() - 5 * minute);
    expect(await provider()).toEqual(first);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toMatchObject({ attempts: 1, error: { code: "ERR_ACCESS_DENIED" } });
    vi.setSystemTime(first.expiration.getTime() - 2_500);
    expect(await provider()).toEqual(first);
    await vi.waitFor(() => expect(failures).toHaveLength(2));
    vi.setSystemTime(first.expiration.getTime() - 2_000);
    await expect(provider()).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED", operation: "CreateSession" });
    emulator.clearFaults();
    vi.setSystemTime(first.expiration.getTime() + minute);
    expect((await provider()).accessKeyId).not.toBe(first.accessKeyId);
  });

  test("gives each caller an object of its own", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const [one, other] = [await provider(), await provider()];
    one.expiration.setTime(0);
    Object.assign(one, { accessKeyId: "changed" });
    expect((await provider()).expiration).toEqual(other.expiration);
    expect((await provider()).accessKeyId).toBe(other.accessKeyId);
  });
});

describe("forceRefresh", () => {
  test("obtains another session, one for all who force at once", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const { accessKeyId } = await provider();
    const forced = await Promise.all(Array.from({ length: 20 }, () => provider({ forceRefresh: true })));
    expect(new Set(forced.map((credentials) => credentials.accessKeyId)).size).toBe(1);
    expect(forced[0]?.accessKeyId).not.toBe(accessKeyId);
    expect((await provider()).accessKeyId).toBe(forced[0]?.accessKeyId);
    expect(sessions()).toBe(2);
  });

  test("rejects when it fails, and leaves the session that is held", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const held = await provider();
    emulator.addFaults({ kind: "error", statusCode: 403, code: "AccessDeniedException", times: 1 });
    await expect(provider({ forceRefresh: true })).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
    expect(await provider()).toEqual(held);
  });
});

describe("abort", () => {
  const reason = new Error("no longer wanted");

  test("ends one wait and no other", async () => {
    emulator.addFaults({ kind: "latency", milliseconds: 200, times: 1 });
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const controller = new AbortController();
    const [one, other] = [provider({ signal: controller.signal }), provider()];
    controller.abort(reason);
    await expect(one).rejects.toBe(reason);
    expect((await other).accessKeyId).toMatch(/^ASIA/);
    await expect(provider({ signal: controller.signal })).rejects.toBe(reason);
    expect(sessions()).toBe(1);
  });

  test("ends the provider: the call under way and every later one", async () => {
    emulator.addFaults({ kind: "latency", milliseconds: 5_000, times: 1 });
    const controller = new AbortController();
    const provider = fromRolesAnywhere(libraryOptions(emulator, { signal: controller.signal }));
    const waiting = provider();
    await sleep(50);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(provider()).rejects.toBe(reason);
  });

  test("ends the wait between two attempts, and a hop", async () => {
    emulator.addFaults({ kind: "error", statusCode: 429, code: "ThrottlingException", retryAfterSeconds: 20 });
    const throttled = new AbortController();
    const waiting = fromRolesAnywhere(libraryOptions(emulator, { signal: throttled.signal }))();
    await vi.waitFor(() => expect(sessions()).toBe(1));
    throttled.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    emulator.clearFaults();
    emulator.addFaults({ kind: "latency", milliseconds: 5_000, operation: "AssumeRole" });
    const hopping = new AbortController();
    const hops = [{ RoleArn: roleArn(emulator, "Target") }];
    const hop = fromRolesAnywhere(libraryOptions(emulator, { signal: hopping.signal, hops }))();
    await vi.waitFor(() => expect(sessions()).toBe(2));
    await sleep(100);
    hopping.abort(reason);
    await expect(hop).rejects.toBe(reason);
  });
});

describe("hops", () => {
  test("go on to the last role, whose account the credentials carry", async () => {
    const hops = [
      { RoleArn: roleArn(emulator, "Target") },
      { RoleArn: roleArn(emulator, "Last"), DurationSeconds: 900 },
    ];
    const provider = fromRolesAnywhere(libraryOptions(emulator, { hops }));
    const { Arn } = await createClient(provider).send(new GetCallerIdentityCommand({}));
    expect(Arn).toMatch(/:assumed-role\/Last\/[0-9a-f]+$/);
    expect(emulator.count("AssumeRole")).toBe(2);
    expect((await provider()).accountId).toBe("111122223333");
  });

  test.each([
    { region: undefined, client: "eu-central-1", used: "eu-central-1", why: "the client's region" },
    { region: "us-east-1", client: "eu-central-1", used: "us-east-1", why: "the region that was given" },
    {
      region: undefined,
      client: "cn-north-1",
      used: "us-east-1",
      why: "the session's where the client's is of another partition",
    },
    { region: undefined, client: "auto", used: "us-east-1", why: "the session's where the client's is none" },
  ])("call STS in $why", async ({ region, client, used }) => {
    const lines: string[] = [];
    const hops = [{ RoleArn: roleArn(emulator, "Target") }];
    const provider = fromRolesAnywhere(
      libraryOptions(emulator, { hops, region, debug: (line) => void lines.push(line) }),
    );
    await createClient(provider, client)
      .send(new GetCallerIdentityCommand({}))
      .catch(() => undefined);
    expect(lines.join("\n")).toContain(`assumed in ${used} `);
    expect(lines.join("\n")).toContain(`/us-east-1/rolesanywhere/aws4_request`);
  });
});

describe("options that are wrong", () => {
  test("are refused at once, in the words of options", () => {
    expect(() =>
      fromRolesAnywhere({ ...arnOptions(), roleArn: arnOptions().profileArn, certificate: "c.pem" }),
    ).toThrow(/^roleArn is a Roles Anywhere profile ARN: .*; expected an IAM role ARN$/);
    const { trustAnchorArn: _, ...lacking } = arnOptions();
    expect(refusalOf(() => fromRolesAnywhere(lacking as ReturnType<typeof arnOptions>))).toMatchObject({
      code: "ERR_SETTING",
      message: "trustAnchorArn is missing",
      hints: ["give trustAnchorArn"],
    });
    expect(() => fromRolesAnywhere({ ...arnOptions(), certificate: "c.pem", sessionDurationSeconds: 60 })).toThrow(
      "sessionDurationSeconds is 60, expected 900-43200 seconds",
    );
    expect(() => fromRolesAnywhere({ ...arnOptions(), certificate: "c.pem", timeouts: { overallMs: 0 } })).toThrow(
      "timeouts.overallMs is 0, expected milliseconds above 0",
    );
    expect(() => fromRolesAnywhere({ ...arnOptions(), certificate: "c.pem", certSelector: "file://x" })).toThrow(
      /^certificate and certSelector exclude each other/,
    );
  });

  test.each([
    [{ roleArn: 5 }, "roleArn is of type number, expected a string"],
    [{ sessionDurationSeconds: "3600" }, "sessionDurationSeconds is of type string, expected a number"],
    [{ verifySsl: "no" }, "verifySsl is of type string, expected a boolean"],
    [{ certificate: null }, "certificate is null, expected a path, PEM text, bytes or a function"],
    [{ privateKey: ["a"] }, "privateKey is an array, expected a path, PEM text, bytes or a function"],
    [{ region: () => "us-east-1" }, "region is of type function, expected a string"],
    [{ pkcs8Password: Buffer.from("x") }, "pkcs8Password is of type object, expected a string"],
    [{ hops: ["arn:aws:iam::111122223333:role/x"] }, "role 1 of hops is not a JSON object"],
  ])("are refused when they are of another type: %o", (wrong, message) => {
    const options = { ...arnOptions(), certificate: "c.pem", ...wrong } as unknown as FromRolesAnywhereOptions;
    expect(refusalOf(() => fromRolesAnywhere(options))).toMatchObject({ code: "ERR_SETTING", message });
  });

  test("are refused at the first call where they name files", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator, { privateKey: "/nowhere/client.key" }));
    await expect(provider()).rejects.toMatchObject({
      code: "ERR_KEY",
      message: 'cannot read private key file "/nowhere/client.key" (privateKey): no such file',
    });
  });
});

function arnOptions() {
  return { trustAnchorArn: arns.trustAnchor, profileArn: arns.profile, roleArn: arns.role };
}

function refusalOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
