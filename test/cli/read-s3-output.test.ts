import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { tableFromIPC } from "apache-arrow";
import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTerminalSink } from "../../src/readers/output/byte-sink.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { showOnTerminal } from "../support/watched-terminal.js";

let s3: S3Server;
let dynamodb: DynamoDbServer;

beforeAll(async () => {
  s3 = await startS3Server();
  s3.put("acme", "x.csv", "id,name\n1,Ada\n");
  dynamodb = await startDynalite();
  await createTable(dynamodb, "people");
  await putItems(dynamodb, "people", [{ pk: { S: "Ada" } }]);
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await dynamodb.close();
});

const commands = {
  "read-s3": (...argv: string[]) => runCli(["read-s3", "s3://acme/x.csv", ...argv], { env: s3.env }),
  scan: (...argv: string[]) =>
    runCli(["scan", "people", "--endpoint-url", `http://127.0.0.1:${dynamodb.port}`, ...argv], {
      env: { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "x", AWS_REGION: "us-east-1" },
    }),
};
const names = Object.keys(commands) as (keyof typeof commands)[];

describe.each(names)("the name of an output file of %s", (name) => {
  const run = commands[name];
  const write = async (file: string, ...flags: string[]) => {
    const path = join(createScratch("output"), file);
    const result = await run("--output", path, ...flags);
    return { ...result, bytes: existsSync(path) ? readFileSync(path) : undefined };
  };

  it.each(["x.parquet", "x.pq", "X.PARQUET"])("%s implies Parquet", async (file) => {
    const { bytes } = await write(file);
    expect(parquetMetadata(Uint8Array.from(bytes ?? []).buffer).num_rows).toBe(1n);
  });

  it.each(["x.arrow", "x.feather"])("%s implies Arrow", async (file) => {
    const { bytes } = await write(file);
    expect(tableFromIPC(bytes ?? []).numRows).toBe(1);
  });

  it.each(["x.csv.gz", "x.ndjson.gz", "x.jsonl.gz", "x.json.gz"])("%s is compressed", async (file) => {
    const { bytes, status } = await write(file);
    expect(status).toBe(0);
    const text = zlib.gunzipSync(bytes ?? Buffer.alloc(0)).toString();
    expect(text).toContain("Ada");
    expect(
      text.startsWith(file.includes("csv") ? (name === "scan" ? "pk" : "id") : file.includes(".json.") ? "[" : "{"),
    ).toBe(true);
  });

  it.skipIf(!("zstdDecompressSync" in zlib))("x.ndjson.zst is compressed", async () => {
    const { bytes } = await write("x.ndjson.zst");
    const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: (bytes: Uint8Array) => Buffer };
    expect(zstdDecompressSync(bytes ?? Buffer.alloc(0)).toString()).toContain("Ada");
  });

  it.each(["x.tsv", "x.xlsx", "x.csv.bz2", "x.orc", "x.zip"])(
    "%s is refused, for nothing of that kind is written",
    async (file) => {
      const { bytes, stderr, status } = await write(file);
      expect({ bytes, status }).toEqual({ bytes: undefined, status: 2 });
      expect(stderr).toMatch(/--output names a file of \.\w+, which is not written/);
    },
  );

  it("x.parquet.gz is refused, for no reader opens it", async () => {
    const { bytes, stderr, status } = await write("x.parquet.gz");
    expect({ bytes, status }).toEqual({ bytes: undefined, status: 2 });
    expect(stderr).toContain("parquet is compressed inside");
  });
});

it("a checkpoint cannot go on in a compressed file", async () => {
  const folder = createScratch("output");
  const flags = ["--output", join(folder, "x.ndjson.gz"), "--checkpoint", join(folder, "checkpoint")];
  const { stderr, status } = await commands.scan(...flags);
  expect(status).toBe(2);
  expect(stderr).toContain("--checkpoint cannot go on in a gzip file");
});

it("data on a terminal gives it no orders", async () => {
  const shown: Buffer[] = [];
  const sink = createTerminalSink({
    write: async (bytes) => {
      shown.push(Buffer.from(bytes));
    },
  });
  const text = Buffer.from("id\n\u001b]0;owned\u0007,\u009b31m,é\n");
  for (const byte of text) await sink.write(Uint8Array.of(byte));
  const { orders, text: seen } = await showOnTerminal(Buffer.concat(shown));
  expect(orders).toEqual([]);
  expect(seen).toBe("id\n\\u001b]0;owned\\u0007,\\u009b31m,é");
});
