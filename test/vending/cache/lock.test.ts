import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { describeSelf, isAlive, parseOwner } from "../../../src/vending/cache/lock-owner.js";
import { watchLock } from "../../../src/vending/cache/lock.js";
import type { HeldLock, LockWatch } from "../../../src/vending/cache/lock.js";
import { createScratch } from "../../support/scratch.js";

let path: string;
let nowMs: number;
beforeEach(() => {
  path = join(createScratch("lock"), "a.lock");
  nowMs = 0;
});
const watch = (unique = "me") => watchLock(path, unique, () => nowMs);

function hold(by: LockWatch): HeldLock {
  const attempt = by.attempt();
  if (attempt.kind !== "held") throw new Error(`it is ${attempt.kind}`);
  return attempt.lock;
}

/** The number of a process that has ended. */
function deadProcess(): number {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return pid;
}

const self = () => describeSelf("other.0");
const write = (owner: object | string) =>
  writeFileSync(path, typeof owner === "string" ? owner : JSON.stringify(owner));

describe("a lock", () => {
  it("is held by one at a time, for its owner alone to read, and is gone when released", () => {
    const lock = hold(watch());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(watch("other").attempt().kind).toBe("busy");
    lock.release();
    expect(readdirSync(dirname(path))).toEqual([]);
    hold(watch("other")).release();
  });

  it("of a holder that died is taken over at once", () => {
    write({ ...self(), pid: deadProcess() });
    const next = watch();
    expect(next.attempt().kind).toBe("busy");
    expect(existsSync(path)).toBe(false);
    hold(next).release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it("of a holder whose number another process has by now is taken over, too", () => {
    write({ ...self(), started: "1" });
    const next = watch();
    expect(next.attempt().kind).toBe("busy");
    hold(next).release();
  });

  it("of a living holder is left alone for ten seconds without a sign of life", () => {
    write(self());
    const next = watch();
    for (const ms of [0, 1_300, 9_999]) {
      nowMs = ms;
      expect(next.attempt().kind).toBe("busy");
      expect(existsSync(path)).toBe(true);
    }
    nowMs = 10_001;
    next.attempt();
    hold(next).release();
  });

  it("of a holder that cannot be asked is left alone as long as it shows life", () => {
    write({ ...self(), space: "another machine" });
    const next = watch();
    for (let beat = 1; beat <= 20; beat++) {
      utimesSync(path, beat, beat);
      nowMs += 1_000;
      expect(next.attempt().kind).toBe("busy");
      expect(existsSync(path)).toBe(true);
    }
    nowMs += 1_100;
    next.attempt();
    expect(existsSync(path)).toBe(true);
    nowMs += 200;
    next.attempt();
    expect(existsSync(path)).toBe(false);
  });

  it.each(["", "{", "null", '{"token": "t", "pid": -1}', '{"token": "t", "pid": 1.5}', '{"pid": 1}'])(
    "with the text %j ends after more than a second",
    (text) => {
      write(text);
      const next = watch();
      next.attempt();
      nowMs = 1_200;
      next.attempt();
      expect(existsSync(path)).toBe(true);
      nowMs = 1_201;
      next.attempt();
      expect(existsSync(path)).toBe(false);
    },
  );

  it("that was taken over meanwhile is not released by its former holder", () => {
    const lock = hold(watch());
    write("another's");
    lock.release();
    expect(readFileSync(path, "utf8")).toBe("another's");
  });

  it("shows life while it is held", async () => {
    const lock = hold(watch());
    utimesSync(path, 1, 1);
    const deadline = performance.now() + 10_000;
    while (statSync(path).mtimeMs === 1_000 && performance.now() < deadline)
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    expect(statSync(path).mtimeMs).toBeGreaterThan(1_000);
    lock.release();
  });

  it("cannot be had where there is no folder", () => {
    path = join(path, "absent", "a.lock");
    expect(watch().attempt()).toMatchObject({ kind: "impossible", error: { code: "ENOENT" } });
  });
});

describe("the owner of a lock", () => {
  it("is alive, dead, or not to be asked", () => {
    expect(isAlive(self())).toBe(true);
    expect(isAlive({ ...self(), pid: deadProcess() })).toBe(false);
    expect(isAlive({ ...self(), started: "1" })).toBe(false);
    expect(isAlive({ ...self(), space: "another machine" })).toBeUndefined();
  });

  it("is read back from what it wrote", () => {
    expect(parseOwner(JSON.stringify(self()))).toEqual(self());
    expect(parseOwner('{"token": "t", "pid": 1}')).toEqual({ token: "t", pid: 1, started: "", space: "" });
  });
});
