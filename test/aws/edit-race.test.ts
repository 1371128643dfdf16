import {
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { editSharedFile } from "../../src/aws/edit-shared-file.js";
import { acquireFileLock } from "../../src/aws/file-lock.js";
import { createScratch } from "../support/scratch.js";

/** An edit during which, `times` times, another program does something to the file. */
function editWhile(happen: (time: number) => void, times = 1) {
  let time = 0;
  return {
    edit: {
      header: "p",
      changes: { k: "new" },
      matches: (header: string) => {
        if (time < times) happen(time++);
        return header === "p";
      },
    },
    count: () => time,
  };
}

function scratchFile(content: string): string {
  const file = join(createScratch("race"), "credentials");
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

describe("a shared file that another program changes while it is edited", () => {
  test("keeps the other program's change, and gets this one", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const { edit } = editWhile(() => writeFileSync(file, "[p]\nk = old\n[other]\na = 1\n"));
    await editSharedFile(file, edit);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[other]\na = 1\n");
  });

  test("keeps it when the size is the same", async () => {
    const file = scratchFile("[p]\nk = old\n[q]\na = 1\n");
    utimesSync(file, 1, 1);
    const { edit } = editWhile(() => writeFileSync(file, "[p]\nk = old\n[q]\na = 2\n"));
    await editSharedFile(file, edit);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[q]\na = 2\n");
  });

  test("keeps it when the file was replaced by another of the same size and time", async () => {
    const file = scratchFile("[p]\nk = old\n[q]\na = 1\n");
    utimesSync(file, 1, 1);
    const { edit } = editWhile(() => {
      const other = join(dirname(file), "other");
      writeFileSync(other, "[p]\nk = old\n[q]\na = 2\n", { mode: 0o600 });
      utimesSync(other, 1, 1);
      unlinkSync(file);
      linkSync(other, file);
      unlinkSync(other);
    });
    await editSharedFile(file, edit);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[q]\na = 2\n");
  });

  test("is not edited for ever", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const { edit, count } = editWhile((time) => writeFileSync(file, `[p]\nk = old${"\n".repeat(time + 2)}`), 1_000);
    await expect(editSharedFile(file, edit)).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    // Each attempt asks twice, for the two sections that there may be.
    expect(count() % 20).toBe(0);
    expect(readdirSync(dirname(file))).toEqual(["credentials"]);
  });
});

describe("the lock beside a shared file", () => {
  const place = (() => {
    try {
      return `${hostname()}/${readlinkSync("/proc/self/ns/pid")}`;
    } catch {
      return hostname();
    }
  })();
  const lockPath = () => join(createScratch("lock"), "lock");
  const quick = { waitMs: 100, staleMs: 60_000 };

  test("is one process's at a time, and free when released", async () => {
    const path = lockPath();
    const lock = await acquireFileLock(path, quick);
    expect(lock.isHeld()).toBe(true);
    await expect(acquireFileLock(path, quick)).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    lock.release();
    expect(lock.isHeld()).toBe(false);
    (await acquireFileLock(path, quick)).release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("of a process that has ended is taken over", async () => {
    const path = lockPath();
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    symlinkSync(`${pid}@${place}#gone`, path);
    const lock = await acquireFileLock(path, { ...quick, waitMs: 5_000 });
    expect(lock.isHeld()).toBe(true);
    lock.release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test.each([`${process.pid}@${place}#lives`, `1@elsewhere#unknown`])(
    "of %s is left alone until it is stale",
    async (owner) => {
      const path = lockPath();
      symlinkSync(owner, path);
      await expect(acquireFileLock(path, quick)).rejects.toThrow(owner.split("@")[0]);
      (await acquireFileLock(path, { waitMs: 5_000, staleMs: 1 })).release();
    },
  );

  test("that another process took over is not released", async () => {
    const path = lockPath();
    const lock = await acquireFileLock(path, quick);
    unlinkSync(path);
    writeFileSync(path, "2@elsewhere#other");
    expect(lock.isHeld()).toBe(false);
    lock.release();
    expect(statSync(path).isFile()).toBe(true);
  });
});
