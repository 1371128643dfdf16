import { afterAll, beforeAll, expect, it } from "vitest";
import { nameColumns } from "../../src/readers/csv/column-names.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3[Symbol.asyncDispose]());

const run = (...argv: string[]) => runCli(["read-s3", "--progress", "none", ...argv], { env: s3.env });

it("finds the columns of thousands of small members with a few requests", async () => {
  const members = Array.from({ length: 7_000 }, (_, index) => ({
    name: `${index}.csv`,
    data: `id,c${index % 3}\n${index},x\n`,
  }));
  s3.put("acme", "many.zip", writeZip(members));
  const before = s3.requests.length;
  const result = await run("s3://acme/many.zip");
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: "" });
  expect(result.stdout.split("\n", 2)).toEqual(["id,c0,c1,c2", "0,x,,"]);
  expect(result.stdout.split("\n")).toHaveLength(7_002);
  expect(s3.requests.length - before).toBeLessThan(20);
});

/** Bytes that the requests since then asked for, of what the object has. */
function bytesAskedFor(since: number, size: number): number {
  const ranges = s3.requests.slice(since).map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? ""));
  return ranges.reduce(
    (sum, range) => sum + (range === null ? 0 : Math.min(size, Number(range[2]) + 1) - Number(range[1])),
    0,
  );
}

it("asks for no byte of large members twice, though the columns come first", async () => {
  const text = (index: number) => `id,c${index % 3}\n${`${index},${"x".repeat(90)}\n`.repeat(4_000)}`;
  const members = Array.from({ length: 24 }, (_, index) => ({
    name: `${index}.csv`,
    data: text(index),
    method: "stored" as const,
  }));
  const archive = writeZip(members);
  s3.put("acme", "large.zip", archive);
  const before = s3.requests.length;
  const { stdout, status } = await run("s3://acme/large.zip", "--infer");
  expect(status).toBe(0);
  expect(stdout.split("\n", 1)).toEqual(["id,c0,c1,c2"]);
  expect(stdout.split("\n")).toHaveLength(24 * 4_000 + 2);
  expect(bytesAskedFor(before, archive.length)).toBeLessThan(archive.length * 1.1);
});

it("asks once for the end of an archive that another program stands before", async () => {
  const data = `id\n${"x".repeat(1_000_000)}\n`;
  const archive = Buffer.concat([Buffer.from("#!/bin/sh\n"), writeZip([{ name: "a.csv", data, method: "stored" }])]);
  s3.put("acme", "program.zip", archive);
  const before = s3.requests.length;
  expect(await run("s3://acme/program.zip")).toMatchObject({ status: 0, stdout: data });
  const ends = s3.requests.slice(before).filter(({ range }) => range?.endsWith(`-${archive.length - 1}`) === true);
  expect(ends).toHaveLength(1);
});

it("opens each of many small objects once", async () => {
  for (let index = 0; index < 120; index++) s3.put("acme", `objects/${index}.csv`, `id\n${index}\n`);
  const before = s3.requests.length;
  const { stdout, status } = await run("s3://acme/objects/", "--pick", "all", "--format", "json");
  expect({ status, rows: stdout.split("\n").length }).toEqual({ status: 0, rows: 123 });
  expect(s3.requests.length - before).toBeLessThanOrEqual(122);
});

it("reads 100,000 columns in time that grows with their number alone, and refuses more", async () => {
  const line = (count: number, cell: string) => `${Array.from({ length: count }, (_, at) => cell + at).join(",")}\n`;
  s3.put("acme", "wide.csv", line(100_000, "c") + line(100_000, "v"));
  const { status, stderr, stdout } = await run("s3://acme/wide.csv", "--infer", "--text", "c1");
  expect({ status, stderr: stderr.slice(0, 200) }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("v99999\n");
  s3.put("acme", "wider.csv", line(100_001, "c") + line(100_001, "v"));
  const refused = await run("s3://acme/wider.csv");
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("line 1: found 100001 columns, expected at most 100000");
});

it("names columns of one name in time that grows with their number alone", () => {
  const { names } = nameColumns(Array.from({ length: 100_000 }, () => "a"));
  expect(new Set(names).size).toBe(100_000);
});
