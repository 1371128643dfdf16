// The cache on Windows: in the folder of the user, and one request for many runs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let account: EmulatorAccount;

beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());
beforeEach(() => account.clearRequests());

const sessions = () => account.requests().filter(({ operation }) => operation === "CreateSession").length;

test("a session is kept in AppData, and answers the next run", async () => {
  const home = createScratch("home");
  const vend = () => runCli(["credential-process", ...account.flags], { env: { ...account.variables, HOME: home } });
  const [first, second] = [await vend(), await vend()];
  expect(first).toMatchObject({ stderr: "", status: 0 });
  expect(second.stdout).toBe(first.stdout);
  expect(sessions()).toBe(1);
  const folder = join(home, "AppData/Local/rolesanywhere-ts/Cache");
  expect(existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".session")) : []).toHaveLength(1);
  const { stdout } = await runCli(["cache", "path"], { env: { HOME: home } });
  expect(stdout.trim()).toBe(`Z:${folder.replaceAll("/", "\\")}`);
});

test("eight runs at once send one request", async () => {
  const env = { ...account.variables, HOME: createScratch("home") };
  const runs = await Promise.all(
    Array.from({ length: 8 }, () => runCli(["credential-process", ...account.flags], { env })),
  );
  expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 0));
  expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
  expect(sessions()).toBe(1);
});
