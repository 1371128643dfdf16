import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { acquireLock, watchLock } from "../../../src/aws/files/lock.js";
import { createMark, isAlive, parseMark } from "../../../src/aws/files/process-mark.js";
import { createScratch } from "../../support/scratch.js";

const patience = { silentMs: 1_000, stoppedMs: 10_000 };
const lockPath = () => join(createScratch("holder"), "the.lock");

/** The mark of this process, with another number, start or place. */
function markOf(change: { readonly pid?: number; readonly started?: string; readonly space?: string }): string {
  const [pid = "", started = "", space = "", unique = ""] = createMark().split("-");
  return [change.pid ?? pid, change.started ?? started, change.space ?? space, unique].join("-");
}

/** The number of a process that has ended. */
const deadProcess = () => spawnSync(process.execPath, ["-e", ""]).pid;

describe("the lock of a process that has ended", () => {
  test("is had at the first attempt, and leaves nothing behind", async () => {
    const path = lockPath();
    mkdirSync(join(path, markOf({ pid: deadProcess() })), { recursive: true });
    const attempt = watchLock(path, patience, () => 0).attempt();
    expect(attempt.kind).toBe("held");
    if (attempt.kind === "held") attempt.lock.release();
    mkdirSync(join(path, markOf({ pid: deadProcess() })), { recursive: true });
    (await acquireLock(path, { waitMs: 5_000 })).release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});

describe("the lock of a process that lives", () => {
  test("is left alone, and its holder shows life", async () => {
    const path = lockPath();
    const lock = await acquireLock(path);
    await expect(acquireLock(path, { waitMs: 100 })).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    const [name = ""] = readdirSync(path);
    const entry = join(path, name);
    utimesSync(entry, 1, 1);
    const deadline = performance.now() + 10_000;
    while (statSync(entry).mtimeMs === 1_000 && performance.now() < deadline)
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    expect(statSync(entry).mtimeMs).toBeGreaterThan(1_000);
    lock.release();
  });

  test("elsewhere is left alone as long as it shows life", () => {
    const path = lockPath();
    const entry = join(path, markOf({ space: "ffffffffffff" }));
    mkdirSync(entry, { recursive: true });
    let nowMs = 0;
    const watch = watchLock(path, patience, () => nowMs);
    for (let beat = 1; beat <= 20; beat++) {
      utimesSync(entry, beat, beat);
      nowMs += 900;
      expect(watch.attempt().kind).toBe("busy");
    }
  });
});

describe("a mark", () => {
  test("tells whether its process lives, has ended or cannot be asked", () => {
    const alive = (text: string) => {
      const mark = parseMark(text);
      return mark === undefined ? "unreadable" : isAlive(mark);
    };
    expect(alive(createMark())).toBe(true);
    expect(alive(markOf({ pid: deadProcess() }))).toBe(false);
    expect(alive(markOf({ space: "ffffffffffff" }))).toBeUndefined();
    expect(["", "1-2-3-4", "x"].map(alive)).toEqual(["unreadable", "unreadable", "unreadable"]);
  });
});
