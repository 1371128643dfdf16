// No telemetry, no look for updates: a command asks the service that it is for, and no other host.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { programFile, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

const watch = fileURLToPath(new URL("../support/host-watch.cjs", import.meta.url));
const observable = requireCondition(
  "which hosts a run asks",
  programFile.endsWith(".cjs"),
  "a program that Node.js runs, so that its calls can be seen",
);

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

/** Hosts, in the order of asking, each way once. */
async function hostsOf(words: readonly string[], status: number, env: Readonly<Record<string, string>> = {}) {
  const log = join(createScratch("hosts"), "log");
  const run = await runCli(words, {
    env: {
      NODE_OPTIONS: `--require=${watch}`,
      HOST_WATCH: log,
      AWS_ENDPOINT_URL_STS: emulator.url,
      AWS_REGION: "us-east-1",
      ...env,
    },
  });
  expect(run.status, run.stderr).toBe(status);
  return [...new Set(existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [])];
}

const service = "connect 127.0.0.1";

describe.skipIf(!observable)("a run asks the service and nobody else:", () => {
  const hop = () => ["--assume-role-arn", roleArn(emulator, "Target")];
  it.each([
    ["credential-process", () => ["credential-process", ...emulatorFlags(emulator)]],
    ["a role behind the session", () => ["credential-process", ...emulatorFlags(emulator), ...hop()]],
    ["credentials", () => ["credentials", "--format", "json", ...emulatorFlags(emulator)]],
    ["assume-role", () => ["assume-role", roleArn(emulator, "Target"), ...emulatorFlags(emulator)]],
  ])("%s", async (_, words) => {
    expect(await hostsOf(words(), 0)).toEqual([service]);
  });

  it("a failing run, which tells nobody", async () => {
    const flags = emulatorFlags(emulator).map((word) => word.replace(/:role\/.*/, ":role/Stranger"));
    expect(await hostsOf(["credential-process", ...flags], 1)).toEqual([service]);
  });
});

describe.skipIf(!observable)("a run that needs no service asks nobody:", () => {
  it.each([
    ["version", () => ["version"], 0],
    ["help", () => ["--help"], 0],
    ["cache", () => ["cache", "list"], 0],
    ["completion", () => ["completion", "bash"], 0],
    ["a mistake", () => ["credential-proces"], 2],
  ])("%s", async (_, words, status) => {
    expect(await hostsOf(words(), status)).toEqual([]);
  });
});

it.skipIf(!observable)("a host by name would be seen", async () => {
  const words = ["credential-process", ...emulatorFlags(emulator), "--endpoint", "http://nowhere.invalid"];
  const hosts = await hostsOf(words, 4);
  expect(hosts).toContain("connect nowhere.invalid");
  expect(hosts).toContain("look up nowhere.invalid");
});
