import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArchive } from "../../src/index.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server, staticKey } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

const rows = `id,value\n${Array.from({ length: 20_000 }, (_, row) => `${row},${Math.sin(row)}\n`).join("")}`;
const gzip = gzipSync(rows);
const deflated = { bytes: deflateRawSync(rows), length: rows.length, crc32: crc32(rows) };

function overwrite(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xaa, at, at + 8);
  return copy;
}

function flipBit(bytes: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(copy.length - fromEnd) ^ 1, copy.length - fromEnd);
  return copy;
}

const member = (bytes: Buffer) => writeZip([{ name: "a.csv", data: "", deflated: { ...deflated, bytes } }]);

/** Frames of raw blocks without and with a checksum, and what goes wrong with them. */
const zstd = Buffer.concat([
  Buffer.from("28b52ffd0058210000612c620a", "hex"),
  Buffer.from("28b52ffd0058210000312c320a", "hex"),
]);

const damaged: readonly (readonly [string, Buffer])[] = [
  ["gzip with a bit of its trailer flipped", flipBit(gzip, 5)],
  ["gzip with bytes behind it", Buffer.concat([gzip, Buffer.from("junkjunkjunk")])],
  ["gzip overwritten at offset 1000", overwrite(gzip, 1000)],
  ["gzip overwritten near its end", overwrite(gzip, gzip.length - 2000)],
  ["gzip cut short", gzip.subarray(0, gzip.length >> 1)],
  ["a second gzip member cut short", Buffer.concat([gzip, gzip.subarray(0, 5000)])],
  ["a member of a ZIP overwritten at its beginning", member(overwrite(deflated.bytes, 1000))],
  ["a member of a ZIP overwritten in the middle", member(overwrite(deflated.bytes, deflated.bytes.length >> 1))],
  ["a member of a ZIP that ends too early", member(deflated.bytes.subarray(0, deflated.bytes.length >> 1))],
  ["zstd cut short", zstd.subarray(0, -2)],
  ["zstd with bytes behind it", Buffer.concat([zstd, Buffer.from("junk")])],
  ["zstd with a wrong checksum", Buffer.from("28b52ffd0458210000612c620a00000000", "hex")],
];

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
  for (const [name, bytes] of damaged) s3.put("acme", name, bytes);
});
afterAll(() => s3[Symbol.asyncDispose]());

describe.each(damaged.map(([name]) => name))("%s", (name) => {
  const url = `s3://acme/${name}`;
  const run = (...flags: string[]) => runCli(["read-s3", "--progress", "none", url, ...flags], { env: s3.env });

  it("fails with a message, whatever is made of it", async () => {
    const folder = createScratch("extracted");
    const output = join(createScratch("output"), "rows.ndjson");
    const results = {
      rows: await run(),
      raw: await run("--raw"),
      file: await run("--output", output),
      extract: await run("--extract", folder),
    };
    for (const [mode, { status, stderr }] of Object.entries(results)) {
      expect({ mode, status, stderr }).toEqual({ mode, status: 2, stderr: expect.stringMatching(/damaged|expected/) });
    }
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("rejects the library's iteration", async () => {
    const read = async () => {
      for await (const row of readArchive({ credentials: staticKey, endpoint: s3.url, environment: {}, urls: url }))
        void row;
    };
    await expect(read()).rejects.toMatchObject({ code: "ERR_INPUT" });
  });
});

it("an export of DynamoDB with a damaged file fails with a message", async () => {
  const lines = gzipSync(Array.from({ length: 5000 }, (_, id) => `{"Item":{"id":{"N":"${id * id}"}}}\n`).join(""));
  const place = "table/AWSDynamoDB/01";
  const file = { itemCount: 5000, dataFileS3Key: `${place}/data/a.json.gz` };
  s3.put("acme", `${place}/manifest-files.json`, JSON.stringify(file));
  const summary = {
    outputFormat: "DYNAMODB_JSON",
    itemCount: 5000,
    manifestFilesS3Key: `${place}/manifest-files.json`,
  };
  s3.put("acme", `${place}/manifest-summary.json`, JSON.stringify(summary));
  for (const bytes of [flipBit(lines, 5), overwrite(lines, 3000), Buffer.concat([lines, Buffer.from("junkjunk")])]) {
    s3.put("acme", file.dataFileS3Key, bytes);
    const { status, stderr } = await runCli(
      ["read-s3", "--progress", "none", "--dynamodb-export", `s3://acme/${place}/`, "--format", "ndjson"],
      { env: s3.env },
    );
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("damaged or cut short") });
  }
});
