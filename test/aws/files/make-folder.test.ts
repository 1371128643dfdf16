import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { transformSync } from "esbuild";
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

test("two may make the same parents at once", async () => {
  const source = fileURLToPath(new URL("../../../src/aws/files/make-folder.ts", import.meta.url));
  const { code } = transformSync(readFileSync(source, "utf8"), { loader: "ts", format: "cjs" });
  const rounds = 400;
  const script = `${code}
    const { workerData: { base, arrived }, parentPort } = require("node:worker_threads");
    const faults = [];
    for (let round = 0; round < ${rounds}; round++) {
      Atomics.add(arrived, 0, 1);
      while (Atomics.load(arrived, 0) < 2 * (round + 1));
      try { module.exports.makeFolder([base, round, ..."abcdefgh"].join("/")); } catch (error) { faults.push(error.code); }
    }
    parentPort.postMessage(faults);`;
  const workerData = { base: createScratch("folders"), arrived: new Int32Array(new SharedArrayBuffer(4)) };
  const workers = [1, 2].map(() => new Worker(script, { eval: true, workerData }));
  const faults = await Promise.all(workers.map(async (worker) => (await once(worker, "message")) as unknown[]));
  expect(faults.flat(2)).toEqual([]);
});
