import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../../src/aws/files/make-folder.js";
import { createScratch } from "../../support/scratch.js";

test("makes what is missing, and leaves what is there", () => {
  const path = join(createScratch("folders"), "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a file in the way is an error", () => {
  const file = join(createScratch("folders"), "file");
  writeFileSync(file, "");
  expect(() => makeFolder(file)).toThrow("EEXIST");
  expect(() => makeFolder(join(file, "a"))).toThrow("ENOTDIR");
});

test.skipIf(!existsSync("/proc/self"))("ends where the parent is there and refuses with ENOENT", () => {
  expect(() => makeFolder("/proc/nowhere/at/all")).toThrow("ENOENT");
});

test("has the rights that the umask leaves, unless some are named", () => {
  const path = join(createScratch("folders"), "a");
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o777 & ~process.umask());
});
