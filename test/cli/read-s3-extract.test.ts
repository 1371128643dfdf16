import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3[Symbol.asyncDispose]());

async function extract(names: readonly string[], prepare: (folder: string) => void) {
  s3.put("acme", "a.zip", writeZip(names.map((name) => ({ name, data: "x" }))));
  const folder = createScratch("extract");
  prepare(folder);
  const before = readdirSync(folder, { recursive: true }).sort();
  const result = await runCli(
    ["read-s3", "--progress", "none", "s3://acme/a.zip", "--member", "**", "--extract", folder],
    {
      env: s3.env,
    },
  );
  return {
    ...result,
    unchanged: JSON.stringify(readdirSync(folder, { recursive: true }).sort()) === JSON.stringify(before),
  };
}

describe("read-s3 --extract writes nothing at all when", () => {
  const nothing = () => undefined;
  it.each<[string, readonly string[], (folder: string) => void, string]>([
    ["a file and a folder have one name", ["a.csv", "b", "b/c.csv"], nothing, "one name is a file in one member"],
    ["a folder and a file have one name", ["a.csv", "b/c.csv", "b"], nothing, "one name is a file in one member"],
    ["a name has 300 characters", ["a.csv", `${"n".repeat(300)}.csv`], nothing, "has 304 bytes, expected at most 255"],
    ["a path has 5,000 characters", ["a.csv", `${"deep/".repeat(1000)}a.csv`], nothing, "expected at most 4000"],
    [
      "a folder is in the way of a file",
      ["a.csv", "b.csv"],
      (folder) => mkdirSync(join(folder, "b.csv")),
      "a folder is in the way of a file",
    ],
    [
      "a file is in the way of a folder",
      ["a.csv", "b/c.csv"],
      (folder) => writeFileSync(join(folder, "b"), ""),
      "a file is in the way of a folder",
    ],
    [
      "a link leads out of the folder",
      ["a.csv", "link/deep/c.csv"],
      (folder) => symlinkSync(createScratch("outside"), join(folder, "link")),
      "leads out of",
    ],
    [
      "a link leads nowhere",
      ["a.csv", "link/c.csv"],
      (folder) => symlinkSync("/nonexistent/folder", join(folder, "link")),
      "leads out of",
    ],
  ])("%s", async (_, names, prepare, message) => {
    const { status, stderr, unchanged } = await extract(names, prepare);
    expect({ status, stderr, unchanged }).toEqual({
      status: 2,
      stderr: expect.stringContaining(message),
      unchanged: true,
    });
  });
});

it("read-s3 --extract makes no folder through a link that leads out", async () => {
  const outside = createScratch("outside");
  await extract(["link/deep/er/c.csv"], (folder) => symlinkSync(outside, join(folder, "link")));
  expect(readdirSync(outside)).toEqual([]);
});

it("read-s3 --extract replaces files that are there, also below a link within the folder", async () => {
  const { status, stderr } = await extract(["b/a.csv", "link/c.csv"], (folder) => {
    mkdirSync(join(folder, "b"));
    writeFileSync(join(folder, "b/a.csv"), "old");
    symlinkSync("b", join(folder, "link"));
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("read-s3 --extract names the folder of each slice by {shard}", async () => {
  s3.put("acme", "a.zip", writeZip(["a.csv", "b.csv"].map((name) => ({ name, data: "x" }))));
  const folder = createScratch("extract");
  const words = ["s3://acme/a.zip", "--shard", "1/2", "--extract", join(folder, "part-{shard}")];
  const { status, stderr } = await runCli(["read-s3", "--progress", "none", ...words], { env: s3.env });
  expect({ stderr, status }).toMatchObject({ status: 0 });
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(["part-1", join("part-1", "b.csv")]);
});
