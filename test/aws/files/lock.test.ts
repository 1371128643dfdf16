import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireLock, watchLock } from "../../../src/aws/files/lock.js";
import { createMark } from "../../../src/aws/files/process-mark.js";
import { bundleModule } from "../../support/bundle-module.js";
import { canGiveAway, giveAway, openFolder, runAsStranger, sharedFolder } from "../../support/hostile-places.js";
import { createScratch } from "../../support/scratch.js";

const patience = { silentMs: 1_000, stoppedMs: 10_000 };
const lockPath = () => join(createScratch("lock"), "the.lock");

test("is had by one at a time, and leaves nothing behind", async () => {
  const path = lockPath();
  const first = await acquireLock(path);
  expect(watchLock(path, patience, () => 0).attempt()).toEqual({ kind: "busy", holder: process.pid });
  first.release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
  const second = await acquireLock(path);
  first.release();
  expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
  second.release();
});

test("many processes never hold it together", async () => {
  const path = lockPath();
  const script = await bundleModule(
    `import { mkdirSync, rmdirSync } from "node:fs";
     import { acquireLock } from "./src/aws/files/lock.js";
     for (let round = 0; round < 100; round++) {
       const lock = await acquireLock(process.argv[2]);
       mkdirSync(process.argv[2] + ".held");
       rmdirSync(process.argv[2] + ".held");
       lock.release();
     }`,
  );
  const children = Array.from({ length: 6 }, () => spawn(process.execPath, [script, path], { stdio: "inherit" }));
  const ends = await Promise.all(children.map((child) => once(child, "close")));
  expect(ends.map(([status]) => status as unknown)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test.skipIf(process.platform !== "linux")("of a process that ended and was not waited for costs nothing", async () => {
  const path = lockPath();
  const script = await bundleModule(
    `import { acquireLock } from "./src/aws/files/lock.js";
     await acquireLock(process.argv[2]);
     process.stdout.write("held");
     process.kill(process.pid, "SIGKILL");`,
  );
  // The shell becomes a program that never asks for the end of its child.
  const parent = spawn("sh", ["-c", '"$1" "$2" "$3" & exec sleep 60', "sh", process.execPath, script, path]);
  try {
    await once(parent.stdout, "data");
    const [mark = ""] = readdirSync(path);
    const status = `/proc/${mark.split("-", 1)[0] ?? ""}/status`;
    while (!/^State:\s*Z/m.test(readFileSync(status, "utf8"))) await new Promise((resolve) => setImmediate(resolve));
    expect(watchLock(path, patience, () => 0).attempt().kind).toBe("held");
  } finally {
    parent.kill("SIGKILL");
  }
});

test("is taken over from a holder elsewhere that shows no life, and the former holder knows", () => {
  const path = lockPath();
  mkdirSync(join(path, "1-0-ffffffffffff-0123456789ab"), { recursive: true });
  let nowMs = 0;
  const watch = watchLock(path, patience, () => nowMs);
  expect(watch.attempt()).toEqual({ kind: "busy", holder: 1 });
  nowMs = 999;
  expect(watch.attempt().kind).toBe("busy");
  nowMs = 1_001;
  expect(watch.attempt().kind).toBe("held");
});

test("is taken over from a stopped holder of this machine after longer, who then knows", () => {
  const path = lockPath();
  const first = watchLock(path, patience, () => 0).attempt();
  let nowMs = 0;
  const watch = watchLock(path, patience, () => nowMs);
  expect(watch.attempt().kind).toBe("busy");
  nowMs = 9_999;
  expect(watch.attempt().kind).toBe("busy");
  nowMs = 20_001;
  const second = watch.attempt();
  if (first.kind !== "held" || second.kind !== "held") throw new Error("not held");
  expect([first.lock.isHeld(), second.lock.isHeld()]).toEqual([false, true]);
  first.lock.release();
  expect(second.lock.isHeld()).toBe(true);
  second.lock.release();
});

test("tells of a folder that is not there, at once", () => {
  const attempt = watchLock(join(createScratch("lock"), "none", "the.lock"), patience, () => 0).attempt();
  expect(attempt).toMatchObject({ kind: "impossible", error: { code: "ENOENT" } });
});

test("keeps its name out of the way of a process with the same number but another start", () => {
  const path = lockPath();
  const [pid = "", , space = "", unique = ""] = createMark().split("-");
  mkdirSync(join(path, [pid, "1", space, unique].join("-")), { recursive: true });
  const attempt = watchLock(path, patience, () => 0).attempt();
  expect(attempt.kind).toBe(existsSync("/proc/self/stat") ? "held" : "busy");
  rmSync(path, { recursive: true });
});

const canBeStranger = canGiveAway("a lock that root left behind");
test.skipIf(!canBeStranger)("that a dead process of root left is moved aside by the folder's owner", async () => {
  const open = openFolder();
  const folder = sharedFolder(0o755, open);
  const path = join(folder, "the.lock");
  mkdirSync(join(path, "4000000-1-ffffffffffff-0123456789ab"), { recursive: true });
  giveAway(folder);
  const source = `import { watchLock } from "./src/aws/files/lock.js";
     let now = 0;
     const watch = watchLock(process.argv[2], { silentMs: 1000, stoppedMs: 1000 }, () => now);
     const first = watch.attempt().kind;
     now = 2000;
     console.log(first, watch.attempt().kind);`;
  expect(await runAsStranger(source, open, [path])).toBe("busy held\n");
});

test("is a folder in the place of a file, and removes the file", async () => {
  const path = lockPath();
  writeFileSync(path, "1234");
  (await acquireLock(path)).release();
  expect(existsSync(path)).toBe(false);
});

test("tells whose it is when it stays taken", async () => {
  const path = lockPath();
  const lock = await acquireLock(path);
  await expect(acquireLock(path, { waitMs: 50 })).rejects.toMatchObject({
    code: "ERR_OUTPUT",
    message: `process ${process.pid} has held the lock ${path} for 0.05 s`,
    hints: [expect.stringContaining("end that process")],
  });
  lock.release();
  mkdirSync(join(path, "not-a-mark"), { recursive: true });
  await expect(acquireLock(path, { waitMs: 50 })).rejects.toThrow("process unknown has held the lock");
});

test("is not had where no folder can be made", async () => {
  const folder = createScratch("lock");
  writeFileSync(join(folder, "file"), "");
  await expect(acquireLock(join(folder, "file", "the.lock"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(acquireLock(join(folder, "none", "the.lock"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("is taken over with what its holder left in its entry", () => {
  const path = lockPath();
  const entry = join(path, "1-0-ffffffffffff-0123456789ab");
  mkdirSync(join(entry, "deep"), { recursive: true });
  let nowMs = 0;
  const watch = watchLock(path, patience, () => nowMs);
  expect(watch.attempt().kind).toBe("busy");
  nowMs = 1_000;
  expect(watch.attempt().kind).toBe("busy");
  nowMs = 1_001;
  const attempt = watch.attempt();
  if (attempt.kind !== "held") throw new Error("not held");
  expect(readdirSync(path)).toHaveLength(1);
  attempt.lock.release();
  attempt.lock.release();
  expect(existsSync(path)).toBe(false);
});
