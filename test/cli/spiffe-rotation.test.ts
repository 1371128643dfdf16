import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { fromRolesAnywhere } from "../../src/index.js";
import { emulatorFlags, sessionArns } from "../support/emulator-flags.js";
import { startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { credentials, keyIdOf, readServed, until } from "../support/served.js";
import { issueSvid, startWorkloadApi } from "../support/workload-api.js";
import type { WorkloadApi } from "../support/workload-api.js";

const id = "spiffe://example.org/app";
let emulator: Emulator;
let agent: WorkloadApi;
const running: RunningCli[] = [];
beforeEach(async () => {
  emulator = await startEmulator();
  agent = await startWorkloadApi();
  rotate();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((cli) => cli.stop("SIGKILL")));
  await agent.stop();
  await emulator.stop();
});

const rotate = () => agent.offer(issueSvid(emulator.root, id));
const flags = () => emulatorFlags(emulator, { certificate: `spiffe:${agent.address}`, "private-key": undefined });

function start(command: string, ...words: readonly string[]): RunningCli {
  const cli = startCli([command, ...flags(), ...words], {
    env: { HOME: createScratch("home"), XDG_RUNTIME_DIR: createScratch("runtime") },
  });
  running.push(cli);
  return cli;
}

test("serve renews the session when the agent rotates the SVID, over one call that stays open", async () => {
  const served = await readServed(start("serve", "--port", "0"));
  const first = keyIdOf(await credentials(served));
  const rotated = issueSvid(emulator.root, id);
  agent.offer(rotated);
  const second = await until(
    () => credentials(served),
    (reply) => keyIdOf(reply) !== first,
  );
  // The same SVID once more, as an agent sends it when a bundle changes, is no rotation; and messages come in order.
  agent.offer(rotated);
  rotate();
  await until(
    () => credentials(served),
    (reply) => keyIdOf(reply) !== keyIdOf(second),
  );
  expect(emulator.count("CreateSession")).toBe(3);
  expect(agent.takeCalls()).toBe(1);
  expect(agent.open()).toBe(1);
  const { status } = await served.cli.stop();
  expect(status).toBe(0);
});

test("serve keeps its session while the agent is away, and follows the one that comes back", async () => {
  const served = await readServed(start("serve", "--port", "0"));
  const first = keyIdOf(await credentials(served));
  const { path } = agent;
  await agent.stop();
  expect(keyIdOf(await credentials(served))).toBe(first);
  agent = await startWorkloadApi(path);
  rotate();
  await until(
    () => credentials(served),
    (reply) => keyIdOf(reply) !== first,
  );
});

test("serve that was refused an identity has a session as soon as there is one", async () => {
  agent.refuse(7, "no identity issued");
  const served = await readServed(start("serve", "--port", "0", "--lazy"));
  const refused = await credentials(served);
  expect(refused.status).toBe(503);
  expect(refused.body).toContain("ERR_SPIFFE_IDENTITY");
  agent.refuse(undefined);
  rotate();
  await until(
    () => credentials(served),
    (reply) => reply.status === 200,
  );
});

test.each([
  ["serve", ["--port", "0"]],
  ["update", ["--profile", "app"]],
] as const)(
  "%s ends when no identity is issued at its start, and keeps its session when that happens later",
  async (command, words) => {
    const file = join(createScratch("update"), "credentials");
    const begin = () => {
      const cli = startCli([command, ...flags(), ...words], {
        env: { XDG_RUNTIME_DIR: createScratch("runtime"), AWS_SHARED_CREDENTIALS_FILE: file },
      });
      running.push(cli);
      return cli;
    };
    agent.refuse(7, "no identity issued");
    const { status, stderr } = await begin().ended;
    expect(status).toBe(3);
    expect(stderr).toContain("error[ERR_SPIFFE_IDENTITY]");
    agent.refuse(undefined);
    rotate();
    const cli = begin();
    await cli.waitFor(/until /, "stderr");
    agent.refuse(7, "no identity issued");
    agent.takeCalls();
    await expect.poll(() => agent.takeCalls(), { timeout: 30_000 }).toBeGreaterThan(0);
    agent.refuse(undefined);
    rotate();
    await cli.waitFor(/until [^]*until /, "stderr");
  },
);

test("update writes a new session when the SVID is rotated", async () => {
  const file = join(createScratch("update"), "credentials");
  const cli = startCli(["update", ...flags(), "--profile", "app"], { env: { AWS_SHARED_CREDENTIALS_FILE: file } });
  running.push(cli);
  await cli.waitFor(/valid until/, "stderr");
  const first = readFileSync(file, "utf8");
  rotate();
  await cli.waitFor(/valid until[^]*valid until/, "stderr");
  expect(readFileSync(file, "utf8")).not.toBe(first);
});

test("the library's provider renews on rotation, also past a cache, and lets its process end", async () => {
  const stopping = new AbortController();
  const renewed: Date[] = [];
  const provider = fromRolesAnywhere({
    ...sessionArns(emulator),
    endpoint: emulator.url,
    certificate: `spiffe:${agent.address}`,
    cache: { directory: createScratch("cache") },
    signal: stopping.signal,
    onRenewed: ({ expiration }) => void renewed.push(expiration),
  });
  const first = await provider();
  rotate();
  await expect.poll(async () => (await provider()).accessKeyId).not.toBe(first.accessKeyId);
  expect(renewed).toHaveLength(2);
  stopping.abort();
  await expect.poll(() => agent.open()).toBe(0);

  const script = join(createScratch("script"), "use.mjs");
  const library = pathToFileURL(join(import.meta.dirname, "../../dist/lib/index.js")).href;
  const options = { ...sessionArns(emulator), endpoint: emulator.url, certificate: `spiffe:${agent.address}` };
  writeFileSync(
    script,
    `import { fromRolesAnywhere } from ${JSON.stringify(library)};
console.log((await fromRolesAnywhere(${JSON.stringify(options)})()).accessKeyId);`,
  );
  const startedMs = Date.now();
  const ended = await runProgram(process.execPath, [script]);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(ended.stdout).toMatch(/^ASIA/);
  expect(Date.now() - startedMs).toBeLessThan(8_000);
});
