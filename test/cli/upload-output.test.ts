// read-s3 and scan with --output s3://BUCKET/KEY.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as zlib from "node:zlib";
import { tableFromIPC } from "apache-arrow";
import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli, startCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Fault, S3Request, S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
let dynamodb: DynamoDbServer;
let fault: (request: S3Request) => S3Fault | undefined = () => undefined;
const rows = `id,name\n${Array.from({ length: 800_000 }, (_, index) => `${index},name ${index}`).join("\n")}\n`;

beforeAll(async () => {
  s3 = await startS3Server({ fault: (request) => fault(request) });
  s3.put("acme", "x.csv", "id,name\n1,Ada\n");
  s3.put("acme", "large.zip", writeZip([{ name: "large.csv", data: rows }]));
  dynamodb = await startDynalite();
  await createTable(dynamodb, "people");
  await putItems(dynamodb, "people", [{ pk: { S: "Ada" } }, { pk: { S: "Grace" } }]);
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await dynamodb.close();
});
beforeEach(() => {
  fault = () => undefined;
  for (const key of s3.objects.keys()) if (key.startsWith("out/")) s3.objects.delete(key);
  s3.requests.length = 0;
});

const tableEndpoint = () => ["--endpoint-url", `http://127.0.0.1:${dynamodb.port}`];
const commands = {
  "read-s3": (...argv: string[]) => runCli(["read-s3", "s3://acme/x.csv", ...argv], { env: s3.env }),
  scan: (...argv: string[]) => runCli(["scan", "people", ...tableEndpoint(), ...argv], { env: s3.env }),
};
const names = Object.keys(commands) as (keyof typeof commands)[];
const written = (key: string) => s3.objects.get(`out/${key}`);
const bytesOf = (key: string) => Buffer.from(written(key)?.bytes ?? []);

describe.each(names)("%s --output s3://", (name) => {
  it.each([
    ["x.csv", "text/csv", (bytes: Buffer) => bytes.toString()],
    ["day=1/x.NDJSON", "application/x-ndjson", (bytes: Buffer) => bytes.toString()],
    ["x y+ü.json", "application/json", (bytes: Buffer) => bytes.toString()],
    ["x.csv.gz", "application/gzip", (bytes: Buffer) => zlib.gunzipSync(bytes).toString()],
    ["x.arrow", "application/vnd.apache.arrow.file", (bytes: Buffer) => String(tableFromIPC(bytes).toArray())],
  ] as const)("writes %s as its name says", async (key, type, read) => {
    const { stdout, stderr, status } = await commands[name]("--output", `s3://out/${key}`);
    expect({ stdout, stderr, status }).toMatchObject({ stdout: "", status: 0 });
    expect(written(key)?.contentType).toBe(type);
    expect(read(bytesOf(key))).toContain("Ada");
  });

  it("writes Parquet, and replaces the object that is there", async () => {
    s3.put("out", "x.parquet", "old");
    const { status } = await commands[name]("--output", "s3://out/x.parquet");
    expect(status).toBe(0);
    expect(written("x.parquet")?.contentType).toBe("application/vnd.apache.parquet");
    const { num_rows } = parquetMetadata(Uint8Array.from(bytesOf("x.parquet")).buffer);
    expect(num_rows).toBe(name === "scan" ? 2n : 1n);
  });

  it.each([
    ["s3://out/", "--output names no object"],
    ["s3://out", "--output names no object"],
    ["s3://out/day/", "such as s3://out/day/rows.parquet"],
    ["s3:///x.csv", "expected s3://BUCKET/KEY"],
    ["s3://out/x.csv?versionId=1", "--output names a version"],
    ["s3://out/x.tsv", "--output names a file of .tsv"],
    ["s3://out/x.parquet.gz", "parquet is compressed inside"],
  ])("refuses %s before it asks for anything", async (output, says) => {
    const { stderr, status } = await commands[name]("--output", output);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    expect(s3.requests).toEqual([]);
  });

  it("says what the role needs when it may not write", async () => {
    fault = ({ operation }) =>
      operation === "PutObject" ? { kind: "status", status: 403, code: "AccessDenied" } : undefined;
    const { stderr, status } = await commands[name]("--output", "s3://out/x.csv");
    expect(status).toBe(1);
    expect(stderr).toContain("cannot write s3://out/x.csv: access denied");
    expect(stderr).toContain("the role needs s3:PutObject on the key");
  });
});

it.each([
  [["read-s3", "s3://acme/x.csv", "--extract", "s3://out/"], "--extract writes into a folder of this machine"],
  [["scan", "people", "--output-dir", "s3://out/"], "--output-dir writes into a folder of this machine"],
  [["scan", "people", "--checkpoint", "s3://out/c"], "--checkpoint names a file of this machine"],
  [
    ["read-s3", "s3://acme/x.csv", "--no-sign-request", "--output", "s3://out/x.csv"],
    "--no-sign-request sends no credentials",
  ],
])("%s is refused with words", async (words, says) => {
  const { stderr, status } = await runCli(words, { env: s3.env });
  expect(status).toBe(2);
  expect(stderr).toContain(says);
});

it("--requester-pays holds for what is written too", async () => {
  await commands["read-s3"]("--output", "s3://out/x.csv", "--requester-pays");
  expect(s3.requests.map(({ payer }) => payer)).toEqual(s3.requests.map(() => "requester"));
  expect(s3.requests.map(({ operation }) => operation)).toContain("PutObject");
});

describe("a large output", () => {
  const read = ["read-s3", "s3://acme/large.zip", "--output", "s3://out/large.csv"];

  it("goes to S3 in parts, equal to standard output, and leaves no file", async () => {
    const folder = createScratch("temporary");
    const { status } = await runCli(read, { env: { ...s3.env, TMPDIR: folder }, cwd: folder });
    expect(status).toBe(0);
    expect(bytesOf("large.csv").toString() === rows).toBe(true);
    expect(s3.requests.filter(({ operation }) => operation === "UploadPart").length).toBeGreaterThan(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not written when the source breaks off, and the object before stays", async () => {
    s3.put("out", "large.csv", "old");
    fault = ({ operation }) => (operation === "GetObject" ? { kind: "corrupt", atByte: 300_000 } : undefined);
    const { stderr, status } = await runCli([...read, "--raw"], { env: s3.env });
    expect(status).toBe(2);
    expect(stderr).toContain('member "large.csv" of s3://acme/large.zip');
    expect(bytesOf("large.csv").toString()).toBe("old");
    expect(s3.uploads.size).toBe(0);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is not written after %s, and no parts stay", async (signal) => {
    s3.put("out", "large.csv", "old");
    let stop: () => void = () => undefined;
    fault = ({ operation }) => {
      if (operation === "UploadPart") stop();
      return undefined;
    };
    const running = startCli(read, { env: s3.env });
    stop = () => void running.child.kill(signal);
    const { stderr, status } = await running.ended;
    expect(status).toBe(signal === "SIGINT" ? 130 : 143);
    expect(stderr).toContain("interrupted, s3://out/large.csv was not written");
    expect(bytesOf("large.csv").toString()).toBe("old");
    // The answer to the last request was sent before the process ended.
    await delay(0);
    expect(s3.uploads.size).toBe(0);
  });
});

describe("scan --checkpoint --output s3://", () => {
  it("keeps what it has read when the upload fails, and uploads it in the next run", async () => {
    const checkpoint = join(createScratch("checkpoint"), "people.checkpoint");
    const flags = ["--output", "s3://out/people.ndjson", "--checkpoint", checkpoint];
    fault = ({ operation }) =>
      operation === "PutObject" ? { kind: "status", status: 403, code: "AccessDenied" } : undefined;
    const failed = await commands.scan(...flags);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain(`run again with the same flags to go on from ${checkpoint}`);
    expect(written("people.ndjson")).toBeUndefined();

    fault = () => undefined;
    const resumed = await commands.scan(...flags);
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toContain("scan: 0 items");
    expect(bytesOf("people.ndjson").toString().split("\n").toSorted()).toEqual(["", '{"pk":"Ada"}', '{"pk":"Grace"}']);

    const again = await commands.scan(...flags);
    expect(again.stderr).toContain("nothing to do");
    expect(bytesOf("people.ndjson").toString()).toContain("Ada");
  });
});

describe.each(names)("%s --shard", (name) => {
  it("names the object of each slice by {shard}", async () => {
    const { stderr, status } = await commands[name]("--shard", "1/12", "--output", "s3://out/part-{shard}.csv");
    expect({ stderr, status }).toMatchObject({ status: 0 });
    expect([...s3.objects.keys()].filter((key) => key.startsWith("out/"))).toEqual(["out/part-01.csv"]);
  });
});
