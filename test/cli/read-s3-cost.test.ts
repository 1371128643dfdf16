import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

describe("an archive of 300 members of 70 kB", () => {
  const members = Array.from({ length: 300 }, (_, index) => ({
    name: `${index}.csv`,
    data: `id,c${index % 3}\n${`${index},${"x".repeat(90)}\n`.repeat(720)}`,
    method: "stored" as const,
  }));
  const archive = writeZip(members);
  beforeAll(() => s3.put("acme", "medium.zip", archive));

  it.each([["csv"], ["parquet"], ["arrow"]])("is read as %s with one request for many members", async (format) => {
    const before = s3.requests.length;
    const { status } = await run("s3://acme/medium.zip", "--format", format);
    expect(status).toBe(0);
    expect(s3.requests.length - before).toBeLessThanOrEqual(members.length / 100 + 10);
    expect(bytesAskedFor(before, archive.length)).toBeLessThan(archive.length * 1.1);
  });

  it.each([
    [["--limit", "1"], "id,c0\n0,"],
    [["--limit", "1", "--where", "id = 2"], "id,c0,c1,c2\n2,,,"],
    [["--limit", "1", "--columns", "c2,id"], "c2,id\n,0\n"],
    [["--limit", "1", "--infer"], "id,c0\n0,"],
    [["--limit", "1", "--format", "ndjson", "--where", "c2 is null"], '{"id":"0",'],
  ])("is read only at its beginning with %j", async (flags, beginning) => {
    const before = s3.requests.length;
    const { status, stdout } = await run("s3://acme/medium.zip", ...flags);
    expect({ status, beginning: stdout.slice(0, beginning.length) }).toEqual({ status: 0, beginning });
    expect(stdout.match(/x{90}/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(bytesAskedFor(before, archive.length)).toBeLessThan(1.5 * 1024 * 1024);
  });

  it("is read to its end for a column that no member has", async () => {
    const { status, stdout, stderr } = await run("s3://acme/medium.zip", "--limit", "1", "--columns", "id,c3");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain('there is no column "c3"');
    expect(stderr).toContain('found "id", "c0", "c1", "c2"');
  });
});

it("has the columns of the members that a limit's rows come from", async () => {
  const archive = writeZip([
    { name: "a.csv", data: "id\n1\n2\n" },
    { name: "b.csv", data: "id,day\n3,2024-01-15\n" },
    { name: "c.csv", data: "id,note\nx,4\n" },
  ]);
  s3.put("acme", "limited.zip", archive);
  const read = async (...flags: string[]) => (await run("s3://acme/limited.zip", ...flags)).stdout;
  expect(await read("--limit", "2")).toBe("id\n1\n2\n");
  expect(await read("--limit", "3")).toBe("id,day\n1,\n2,\n3,2024-01-15\n");
  expect(await read("--limit", "4")).toBe("id,day,note\n1,,\n2,,\n3,2024-01-15,\nx,,4\n");
  expect(await read("--limit", "3", "--infer", "--format", "json")).toBe(
    '[\n{"id":1,"day":null},\n{"id":2,"day":null},\n{"id":3,"day":"2024-01-15"}\n]\n',
  );
  expect(await read("--limit", "1", "--where", "id > 2")).toBe("id,day\n3,2024-01-15\n");
  expect(await read("--limit", "1", "--columns", "note")).toBe('note\n""\n');
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
