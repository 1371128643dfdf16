import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { tableFromIPC } from "apache-arrow";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runCli, startCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Fault, S3Request, S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
let fault: (request: S3Request) => S3Fault | undefined = () => undefined;
beforeAll(async () => {
  s3 = await startS3Server({ fault: (request) => fault(request) });
});
afterEach(() => {
  fault = () => undefined;
});
afterAll(() => s3[Symbol.asyncDispose]());

/** Members of 3 MB, so that several batches are under way between the threads. */
const rowsPerMember = 30_000;
const member = (index: number, rows = rowsPerMember) => ({
  name: `${index}.csv`,
  data: `id,note\n${Array.from({ length: rows }, (_, row) => `${index * rows + row},${"x".repeat(90)}\n`).join("")}`,
});
const run = (...argv: string[]) => runCli(["read-s3", "--progress", "none", ...argv], { env: s3.env });

describe("read-s3 encodes in a thread", () => {
  it("and keeps every row in its order", async () => {
    const folder = createScratch();
    s3.put("acme", "rows.zip", writeZip([0, 1, 2, 3].map((index) => member(index))));
    const output = join(folder, "rows.arrow");
    expect(await run("s3://acme/rows.zip", "--output", output, "--types", "id:integer")).toMatchObject({
      status: 0,
      stderr: "",
    });
    const ids = tableFromIPC(readFileSync(output)).getChild("id")?.toArray() as BigInt64Array;
    expect(ids.length).toBe(4 * rowsPerMember);
    expect(ids.every((id, at) => Number(id) === at)).toBe(true);
  });

  it.each(["parquet", "arrow"])("and leaves no %s file when a member in the middle is damaged", async (format) => {
    const folder = createScratch();
    const archive = Buffer.from(writeZip([0, 1, 2].map((index) => ({ ...member(index), method: "stored" as const }))));
    archive.write("y", archive.indexOf(`${rowsPerMember + 20_000},xxx`) + 10);
    s3.put("acme", "damaged.zip", archive);
    const output = join(folder, `rows.${format}`);
    const { status, stderr } = await run("s3://acme/damaged.zip", "--output", output);
    expect({ status, stderr }).toMatchObject({ status: 2 });
    expect(stderr).toContain('member "1.csv" of s3://acme/damaged.zip: its CRC-32 does not match');
    expect({ there: existsSync(output), left: readdirSync(folder) }).toEqual({ there: false, left: [] });
  });

  it.each([
    ["parquet", "SIGINT", 130],
    ["parquet", "SIGTERM", 143],
    ["arrow", "SIGINT", 130],
  ] as const)("and leaves no %s file after %s with batches under way", async (format, signal, expected) => {
    const folder = createScratch();
    s3.put("acme", "long.zip", writeZip([{ ...member(0, 240_000), method: "stored" }]));
    // A late part never comes, so the run cannot end by itself.
    fault = ({ range }) =>
      range?.startsWith("bytes=19136512-") === true ? { kind: "stall", afterBytes: 0 } : undefined;
    const output = join(folder, `rows.${format}`);
    const running = startCli(["read-s3", "s3://acme/long.zip", "--output", output], { env: s3.env });
    const begun = () => readdirSync(folder).some((name) => statSync(join(folder, name)).size > 0);
    while (!begun() && running.child.exitCode === null) await setImmediate();
    running.child.kill(signal);
    const { status, stderr } = await running.ended;
    expect({ status, stderr }).toEqual({
      status: expected,
      stderr: expect.stringMatching(/^read-s3: .* interrupted, .*rows\.\w+ was not written\n$/) as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
