// Where read-s3 finds its objects: globs, versions, public and requester-pays buckets, shards.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { dealOut } from "../../src/readers/shard.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
const run = (...argv: string[]) => runCli(["read-s3", "--progress", "none", ...argv], { env: s3.env });
const table = (...rows: readonly string[]) => `day\n${rows.map((row) => `${row}\n`).join("")}`;

beforeAll(async () => {
  s3 = await startS3Server({ isPublic: true });
  for (const day of ["2024-01-14", "2024-01-15", "2024-02-01"]) {
    s3.put("acme", `reports/${day}/report.csv`, table(day));
    s3.put("acme", `reports/${day}/_SUCCESS`, "");
  }
  s3.put("acme", "reports/2024-01-15/deep/more.csv", table("deep"));
  s3.put("acme", "reports/2024-01-16/a.csv", table("16a"));
  s3.put("acme", "reports/2024-01-16/b.csv", table("16b"));
  s3.put("acme", "odd[1]*.csv", table("odd"));
  s3.put("acme", "versioned.csv", table("now"));
  s3.put("acme", "versioned.csv?versionId=3sL4kq.Ty_o", table("then"));
  const members = Array.from({ length: 7 }, (_, at) => ({ name: `${at}.csv`, data: table(`member ${at}`) }));
  s3.put("acme", "many.zip", writeZip(members));
});
afterAll(() => s3[Symbol.asyncDispose]());

describe("a glob in the URL", () => {
  it.each<[string, readonly string[], string]>([
    ["reports/2024-0*[14]/", [], table("2024-01-14", "2024-02-01")],
    ["reports/2024-01-1[45]/*.csv", [], table("2024-01-14", "2024-01-15")],
    ["reports/2024-0?-*/report.csv", [], table("2024-01-14", "2024-01-15", "2024-02-01")],
    ["reports/2024-01-15/**/*.csv", [], table("deep", "2024-01-15")],
    ["reports/2024-01-16/*", [], table("16a", "16b")],
    ["reports/2024-01-1*/", ["--pick", "first"], table("2024-01-14", "deep", "16a")],
  ])("reads s3://acme/%s %j", async (glob, flags, expected) => {
    const { stdout, stderr, status } = await run(`s3://acme/${glob}`, ...flags);
    expect({ stdout, stderr: stderr.replace(/^read-s3: .*\n/gm, ""), status }).toEqual({
      stdout: expected,
      stderr: "",
      status: 0,
    });
  });

  it("lists only below its literal beginning, and stays in the bucket's top folder without a slash", async () => {
    const { stdout } = await run("s3://acme/ver*.csv");
    expect(stdout).toBe(table("now"));
  });

  it("goes with other URLs", async () => {
    const { stdout } = await run("s3://acme/reports/2024-02-01/report.csv", "s3://acme/reports/*-14/");
    expect(stdout).toBe(table("2024-02-01", "2024-01-14"));
  });

  it("that matches nothing says what is there", async () => {
    const { stderr, status } = await run("s3://acme/reports/2023-*/x.csv");
    expect(status).toBe(2);
    expect(stderr).toContain("s3://acme/reports/2023-*/x.csv: no key matches");
    const near = await run("s3://acme/reports/2024-02-*/x.csv");
    expect(near.stderr).toContain("found reports/2024-02-01/report.csv");
  });

  it("is none in --key, which reads a key with such characters", async () => {
    const { stdout, status } = await run("--bucket", "acme", "--key", "odd[1]*.csv");
    expect({ stdout, status }).toEqual({ stdout: table("odd"), status: 0 });
  });

  it("is refused for an export", async () => {
    const { stderr, status } = await run("s3://acme/export*/", "--dynamodb-export");
    expect(status).toBe(2);
    expect(stderr).toContain("reads one export");
  });
});

it("a missing key that is a folder is named as that", async () => {
  const { stderr, status } = await run("s3://acme/reports/2024-01-15");
  expect(status).not.toBe(0);
  expect(stderr).toContain("it is a folder: add a slash, s3://acme/reports/2024-01-15/");
  const missing = await run("s3://acme/reports/2024-01-99");
  expect(missing.stderr).not.toContain("folder");
});

describe("a version", () => {
  it.each([
    [["s3://acme/versioned.csv?versionId=3sL4kq.Ty_o"], table("then")],
    [["--bucket", "acme", "--key", "versioned.csv", "--version-id", "3sL4kq.Ty_o"], table("then")],
    [["s3://acme/versioned.csv"], table("now")],
  ])("is read by %j", async (words, expected) => {
    expect((await run(...words)).stdout).toBe(expected);
  });

  it("needs its key", async () => {
    const { stderr, status } = await run("s3://acme/versioned.csv", "--version-id", "x");
    expect(status).toBe(2);
    expect(stderr).toContain("--version-id was given without --key");
  });
});

it("--no-sign-request reads a public bucket, and asks for no credentials", async () => {
  const env = { AWS_ENDPOINT_URL_S3: s3.url, AWS_EC2_METADATA_DISABLED: "true" };
  const words = ["read-s3", "--progress", "none", "s3://acme/versioned.csv"];
  const { stdout, stderr } = await runCli([...words, "--no-sign-request"], { env });
  expect({ stdout, stderr: stderr.replace(/^read-s3: .*\n/gm, "") }).toEqual({ stdout: table("now"), stderr: "" });
  expect((await runCli(words, { env: { ...env, AWS_REGION: "us-east-1" } })).status).not.toBe(0);
});

it("--requester-pays is said in every request", async () => {
  const before = s3.requests.length;
  await run("s3://acme/reports/2024-0*[14]/", "--requester-pays");
  const payers = s3.requests.slice(before).map(({ operation, payer }) => [operation, payer]);
  expect(payers.length).toBeGreaterThan(2);
  expect(payers.every(([, payer]) => payer === "requester")).toBe(true);
});

describe("--shard", () => {
  const rowsOf = (stdout: string) => stdout.split("\n").filter((line) => line !== "" && line !== "day");

  it.each([
    ["members of one archive", ["s3://acme/many.zip"], 3, 7],
    ["members of several archives", ["s3://acme/many.zip", "s3://acme/many.zip"], 3, 14],
    ["objects, when there is one for each shard", ["s3://acme/reports/**/*.csv"], 3, 6],
    ["objects and members mixed", ["s3://acme/many.zip", "s3://acme/versioned.csv"], 5, 8],
  ])("reads %s exactly once", async (_, words, count, total) => {
    const shards = await Promise.all(
      Array.from({ length: count }, (_unused, index) => run(...words, "--shard", `${index}/${count}`)),
    );
    expect(shards.map(({ status }) => status)).toEqual(shards.map(() => 0));
    const rows = shards.flatMap(({ stdout }) => rowsOf(stdout));
    const whole = rowsOf((await run(...words)).stdout);
    expect(rows.toSorted()).toEqual(whole.toSorted());
    expect(rows).toHaveLength(total);
    expect(shards.every(({ stdout }) => rowsOf(stdout).length > 0)).toBe(true);
  });

  it.each(["csv", "ndjson", "parquet"])("that has nothing ends well as %s", async (format) => {
    const { status, stderr } = await run(
      "s3://acme/versioned.csv",
      "--shard",
      "1/2",
      "--format",
      format,
      "--output",
      "/dev/null",
    );
    expect({ status, stderr: stderr.replace(/^read-s3: .*\n/gm, "") }).toEqual({ status: 0, stderr: "" });
  });

  it("takes the index of a Slurm job array", async () => {
    const env = { ...s3.env, SLURM_ARRAY_TASK_ID: "3", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_COUNT: "3" };
    const words = ["read-s3", "--progress", "none", "s3://acme/many.zip", "--shard", "auto"];
    const { stdout } = await runCli(words, { env });
    expect(rowsOf(stdout)).toEqual(["member 2", "member 5"]);
  });

  it("deals each item to one shard", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 20 }), (length, count) => {
        const items = Array.from({ length }, (_, at) => at);
        const dealt = Array.from({ length: count }, (_, index) => dealOut(items, { index, count }));
        expect(dealt.flat().toSorted((one, other) => one - other)).toEqual(items);
        const sizes = dealt.map((each) => each.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
