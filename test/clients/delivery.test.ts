// Real readers of what exec and update deliver, all with session tokens of 6,000 characters: each says who it is, and again
// after a renewal.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { cleanEnvironment, pythonEnvironment, runCli, programWords } from "../support/run-cli.js";
import { giveLongTokens } from "../support/long-tokens.js";
import { createScratch } from "../support/scratch.js";
import { prepareSdkClients, SdkClient, sdkClientNames, type SdkClientName } from "../support/sdk-clients.js";

const demo = /^arn:aws:sts::111122223333:assumed-role\/Demo\//;
let account: EmulatorAccount;
let prepared: ReadonlyMap<SdkClientName, readonly string[]>;

beforeAll(async () => {
  [account, prepared] = await Promise.all([
    startEmulatorAccount(),
    prepareSdkClients("what exec and update deliver, read by"),
  ]);
  giveLongTokens(account);
}, 300_000);
afterAll(() => account.stop());

const environment = (extra: Readonly<Record<string, string>> = {}) =>
  cleanEnvironment({
    ...pythonEnvironment(),
    ...account.variables,
    AWS_CONFIG_FILE: join(account.folder, "no-config"),
    AWS_EC2_METADATA_DISABLED: "true",
    ...extra,
  });

describe.each(sdkClientNames)("%s", (name) => {
  const startExec = (...words: readonly string[]) =>
    new SdkClient([...programWords(), "exec", ...account.flags, ...words, "--", ...prepared.get(name)!], environment());

  test("through the environment", async () => {
    // Skipped, and told at the end of the run: it could not be prepared.
    if (!prepared.has(name)) return;
    const clients = [startExec(), startExec()];
    const told = await Promise.all(clients.map((client) => client.told()));
    await Promise.all(clients.map((client) => client.end()));
    for (const { arn } of told) expect(arn).toMatch(demo);
    expect(told[0]!.keyEnd).not.toBe(told[1]!.keyEnd);
  });

  test("through the credentials file, and after a renewal", async () => {
    if (!prepared.has(name)) return;
    const variables = environment({ AWS_SHARED_CREDENTIALS_FILE: join(createScratch("file"), "credentials") });
    const update = () => runCli(["update", ...account.flags, "--once"], { env: variables });
    expect((await update()).status).toBe(0);
    const client = new SdkClient(prepared.get(name)!, variables);
    const first = await client.told();
    expect((await update()).status).toBe(0);
    // The JavaScript SDK reads a file once in a process: there the renewal shows in the next one.
    const next = name === "the AWS SDK for JavaScript" ? new SdkClient(prepared.get(name)!, variables) : client;
    const second = await (next === client ? client.again("new") : next.told());
    await Promise.all([client.end(), next.end()]);
    for (const { arn } of [first, second]) expect(arn).toMatch(demo);
    expect(second.keyEnd).not.toBe(first.keyEnd);
  });

  test("through exec --server, and after a renewal in the same process", async () => {
    if (!prepared.has(name)) return;
    const before = account.state();
    account.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: 12 })),
    }));
    const renewals = account.count("CreateSession");
    const client = startExec("--server");
    const first = await client.told();
    while (account.count("CreateSession") < renewals + 2) await new Promise((resolve) => setTimeout(resolve, 100));
    account.updateState(() => before);
    // The JavaScript SDK renews behind the answer of a session that ends soon: a later answer has it.
    const second = await client.againUntil(({ keyEnd }) => keyEnd !== first.keyEnd);
    await client.end();
    for (const { arn } of [first, second]) expect(arn).toMatch(demo);
    expect(second.keyEnd).not.toBe(first.keyEnd);
  }, 120_000);
});
