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
