import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createMark } from "../../../src/aws/files/process-mark.js";
import { removeLeftovers, temporaryPath } from "../../../src/aws/files/temporary.js";
import { createScratch } from "../../support/scratch.js";

const [pid = "", started = "", space = "", unique = ""] = createMark().split("-");
const dead = String(spawnSync(process.execPath, ["-e", ""]).pid);
const markOf = (parts: { readonly pid?: string; readonly space?: string }) =>
  [parts.pid ?? pid, started, parts.space ?? space, unique].join("-");
const leave = (path: string, mark: string) => {
  const file = join(dirname(path), `.${basename(path)}.${mark}.partial`);
  writeFileSync(file, "");
  return file;
};

describe("the name of an unfinished file", () => {
  test("is hidden beside the path, no other's, and says whose it is", () => {
    const [one, other] = [temporaryPath("/a/rows.csv"), temporaryPath("/a/rows.csv")];
    expect(one).not.toBe(other);
    expect(one).toMatch(new RegExp(String.raw`^/a/\.rows\.csv\.${pid}-.*\.partial$`));
  });

  test("is short enough for every file system, whatever the path's own", () => {
    const longest = temporaryPath(`/a/${"é".repeat(75)}`);
    expect(longest).toContain(`/a/.${"é".repeat(75)}.`);
    expect(Buffer.byteLength(basename(temporaryPath(`/a/${"é".repeat(76)}`)))).toBeLessThan(150);
    expect(basename(temporaryPath(`/a/${"é".repeat(76)}`))).toMatch(/^\.[0-9a-f]{32}\./);
    expect(temporaryPath(`/a/${"x".repeat(151)}`)).not.toContain("xx");
    expect(temporaryPath(`/a/${"x".repeat(150)}`)).toContain("xx");
  });
});

describe("what killed processes left behind", () => {
  test("goes, while what others write stays, and so does what only looks like it", () => {
    const path = join(createScratch("left"), "rows.csv");
    const gone = leave(path, markOf({ pid: dead }));
    const kept = [
      leave(path, markOf({})),
      leave(path, markOf({ space: "ffffffffffff" })),
      leave(path, "no-mark"),
      leave(`${path}.other`, markOf({ pid: dead })),
    ];
    removeLeftovers(path);
    expect([gone, ...kept].map((file) => existsSync(file))).toEqual([false, true, true, true, true]);
    removeLeftovers(join(path, "none"));
  });

  test("elsewhere goes after a day", () => {
    const path = join(createScratch("left"), "rows.csv");
    const [old, young] = ["eeeeeeeeeeee", "ffffffffffff"].map((other) => leave(path, markOf({ space: other })));
    const hours = (count: number) => Date.now() / 1000 - count * 3600;
    utimesSync(old ?? "", hours(24.1), hours(24.1));
    utimesSync(young ?? "", hours(23.9), hours(23.9));
    removeLeftovers(path);
    expect([existsSync(old ?? ""), existsSync(young ?? "")]).toEqual([false, true]);
  });

  test("goes whole when its lock is held, folders too", () => {
    const path = join(createScratch("left"), "rows.csv");
    leave(path, markOf({}));
    const folder = temporaryPath(path);
    mkdirSync(join(folder, "deep"), { recursive: true });
    removeLeftovers(path, true);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
