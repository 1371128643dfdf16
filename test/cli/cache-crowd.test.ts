import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";

let identity: CachedIdentity;
/** How many runs are killed; more in a run of its own, since each costs a process. */
const kills = Number(process.env["ROLESANYWHERE_TS_KILLS"] ?? "30");

beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());
beforeEach(() => {
  identity.emulator.clearFaults();
  rmSync(identity.cacheFolder, { recursive: true, force: true });
  identity.takeCount();
});

const crowd = (size: number) => Promise.all(Array.from({ length: size }, () => identity.run()));

async function waitForLock(): Promise<void> {
  while (!existsSync(identity.cacheFolder) || identity.files(".lock").length === 0) await sleep(5);
}

function expectTidyFolder(): void {
  expect(identity.files(".lock")).toEqual([]);
  expectSoundFiles();
}

function expectSoundFiles(): void {
  for (const name of readdirSync(identity.cacheFolder)) {
    const stats = statSync(join(identity.cacheFolder, name));
    // A lock is a folder; what it holds is a name.
    const sound = /\.lock\b/.test(name) ? stats.isDirectory() : (stats.mode & 0o777) === 0o600;
    expect({ name, sound }).toEqual({ name, sound: true });
  }
  // Opens every session, and throws when one does not open.
  identity.change((entry) => entry);
}

describe("many processes at once", () => {
  it("make one request, and all get its session", async () => {
    identity.emulator.addFaults({ kind: "latency", milliseconds: 300 });
    const results = await crowd(30);
    expect(new Set(results.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(new Set(["0 "]));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(identity.takeCount()).toBe(1);
    expectTidyFolder();
  });

  it("hear of a refusal together", async () => {
    identity.emulator.addFaults(
      { kind: "latency", milliseconds: 3_000 },
      { kind: "error", statusCode: 403, code: "AccessDeniedException" },
    );
    const results = await crowd(8);
    expect(results.map(({ status, stdout }) => [status, stdout])).toEqual(Array.from({ length: 8 }, () => [1, ""]));
    expect(new Set(results.map(({ stderr }) => stderr)).size).toBe(1);
    expect(identity.takeCount()).toBeLessThan(8);
    expect(identity.files(".lock")).toEqual([]);
  });

  it("take the flight over when the one that makes the request is killed", async () => {
    identity.emulator.addFaults({ kind: "latency", milliseconds: 60_000, times: 1 });
    const pilot = identity.start();
    await waitForLock();
    const waiting = crowd(5);
    await sleep(200);
    await pilot.stop("SIGKILL");
    identity.emulator.clearFaults();
    const results = await waiting;
    expect(new Set(results.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(new Set(["0 "]));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expectTidyFolder();
  });

  it("do not wait while a session is still in force", async () => {
    const { stdout } = await identity.run();
    identity.age(45);
    identity.emulator.addFaults({ kind: "latency", milliseconds: 60_000, times: 1 });
    const pilot = identity.start();
    await waitForLock();
    const { AccessKeyId } = JSON.parse(stdout) as { AccessKeyId: string };
    const results = await crowd(3);
    for (const result of results) expect(JSON.parse(result.stdout)).toMatchObject({ AccessKeyId });
    await pilot.stop("SIGKILL");
  });
});

describe("a lock left behind", () => {
  const elsewhere = "1-0-ffffffffffff-0123456789ab";

  it.each([
    ["by a process elsewhere", (lock: string) => mkdirSync(join(lock, elsewhere), { recursive: true })],
    ["by a process that died here", undefined],
    ["without a holder", (lock: string) => mkdirSync(lock)],
    ["without sense", (lock: string) => mkdirSync(join(lock, "?"), { recursive: true })],
    ["as a file", (lock: string) => writeFileSync(lock, "1234")],
    ["as a link", (lock: string) => symlinkSync("/nowhere", lock)],
    ["as a named pipe", (lock: string) => spawnSync("mkfifo", [lock])],
  ])("%s holds nobody up", async (_, leave) => {
    await identity.run();
    const [session = ""] = identity.files(".session");
    const lock = join(identity.cacheFolder, session.replace(".session", ".lock"));
    rmSync(join(identity.cacheFolder, session));
    if (leave === undefined) {
      identity.emulator.addFaults({ kind: "latency", milliseconds: 60_000, times: 1 });
      const pilot = identity.start();
      await waitForLock();
      await pilot.stop("SIGKILL");
      identity.emulator.clearFaults();
    } else leave(lock);
    expect(lstatSync(lock)).toBeDefined();
    const { status, stderr } = await identity.run();
    expect([status, stderr]).toEqual([0, ""]);
    expectTidyFolder();
  });
});

describe("kill -9 at any moment", () => {
  it(`leaves nothing that is in the way (${kills} times)`, { timeout: 60_000 + kills * 1_500 }, async () => {
    let slowestMs = 0;
    for (let round = 0; round < kills; round++) {
      rmSync(identity.cacheFolder, { recursive: true, force: true });
      const killed = identity.start();
      await sleep(Math.random() * 250);
      await killed.stop("SIGKILL");
      // One that was killed between keeping the session and releasing the lock leaves a lock that only a renewal meets.
      for (const renewal of [false, true]) {
        if (renewal) for (const name of identity.files(".session")) rmSync(join(identity.cacheFolder, name));
        const startedMs = performance.now();
        const { status, stderr } = await identity.run();
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
        expect([status, stderr]).toEqual([0, ""]);
        expectSoundFiles();
        if (identity.files(".lock").length === 0) break;
      }
      expectTidyFolder();
    }
    process.stdout.write(`slowest run after a kill: ${Math.round(slowestMs)} ms\n`);
  });
});
