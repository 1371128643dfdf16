import { randomBytes } from "node:crypto";
import { gzipSync, deflateRawSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { gunzip, inflateRaw, unzstd } from "../../../src/readers/compression/decompress.js";
import { isFormatFault } from "../../../src/readers/compression/format-fault.js";

type Decompress = typeof gunzip;

const text = Buffer.from(Array.from({ length: 100 }, (_, row) => `${row},${Math.sin(row)}\n`).join(""));
const gzip = gzipSync(text);
const deflate = deflateRawSync(text);

/** A Zstandard frame of raw and repeated blocks, with the checksum that the zstd program writes for this content. */
const zstd = Buffer.concat([
  Buffer.from("28b52ffd0400", "hex"),
  block(0, 4, false),
  Buffer.from("a,b\n"),
  block(1, 6, false),
  Buffer.from("1"),
  block(0, 3, true),
  Buffer.from(",2\n"),
  Buffer.from("7f2ed740", "hex"),
]);
const zstdText = Buffer.from("a,b\n111111,2\n");
const skippable = Buffer.from([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

function block(kind: number, size: number, last: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (kind << 1) | Number(last), 0, 3);
  return header;
}

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

const sizes = [1, 7, 1000, Number.MAX_SAFE_INTEGER];

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
}

const twice = (content: Buffer) => Buffer.concat([content, content]);

describe("compressed data, in pieces of any size, is read whole:", () => {
  it.each<[string, Decompress, Buffer, Buffer]>([
    ["gzip", gunzip, gzip, text],
    ["gzip members in a row", gunzip, Buffer.concat([gzip, gzip]), twice(text)],
    ["gzip with zeros behind it", gunzip, Buffer.concat([gzip, Buffer.alloc(9)]), text],
    ["gzip members with zeros between", gunzip, Buffer.concat([gzip, Buffer.alloc(9), gzip]), twice(text)],
    ["gzip of nothing", gunzip, gzipSync(""), Buffer.alloc(0)],
    [
      "gzip with every optional field of a header",
      gunzip,
      Buffer.concat([
        Buffer.from("1f8b081c000000000003", "hex"),
        Buffer.from("\x03\0abcname\0comment\0"),
        gzip.subarray(10),
      ]),
      text,
    ],
    ["zstd", unzstd, zstd, zstdText],
    ["zstd frames in a row", unzstd, Buffer.concat([zstd, zstd]), twice(zstdText)],
    [
      "zstd with skippable frames",
      unzstd,
      Buffer.concat([skippable, zstd, skippable, zstd, skippable]),
      twice(zstdText),
    ],
    ["deflate", inflateRaw, deflate, text],
  ])("%s", async (_, decompress, bytes, expected) => {
    for (const size of sizes) expect(await gather(decompress(inPieces(bytes, size)))).toEqual(expected);
  });
});

describe("damaged data, in pieces of any size, is refused:", () => {
  const junk = Buffer.from("junk");
  const overwritten = Buffer.concat([gzip.subarray(0, 500), Buffer.alloc(8, 0xaa), gzip.subarray(508)]);
  it.each<[string, Decompress, Buffer]>([
    ["a bit of gzip's CRC", gunzip, flip(gzip, -6)],
    ["a bit of gzip's length", gunzip, flip(gzip, -1)],
    ["gzip without its trailer", gunzip, gzip.subarray(0, -8)],
    ["gzip without its end", gunzip, gzip.subarray(0, 500)],
    ["bytes behind gzip", gunzip, Buffer.concat([gzip, junk])],
    ["one byte behind gzip", gunzip, Buffer.concat([gzip, Buffer.of(0x1f)])],
    ["bytes behind gzip's padding", gunzip, Buffer.concat([gzip, Buffer.alloc(9), junk])],
    ["gzip overwritten in the middle", gunzip, overwritten],
    ["a second gzip member cut short", gunzip, Buffer.concat([gzip, gzip.subarray(0, 500)])],
    ["a gzip header with unknown flags", gunzip, Buffer.concat([Buffer.from("1f8b0880", "hex"), gzip.subarray(4)])],
    [
      "a gzip header with a wrong CRC",
      gunzip,
      Buffer.concat([Buffer.from("1f8b08020000000000031234", "hex"), gzip.subarray(10)]),
    ],
    ["deflate cut short", inflateRaw, deflate.subarray(0, 500)],
    ["a bit of zstd's checksum", unzstd, flip(zstd, -1)],
    ["a bit of zstd's content", unzstd, flip(zstd, 9)],
    ["zstd without its checksum", unzstd, zstd.subarray(0, -4)],
    ["zstd cut between blocks", unzstd, zstd.subarray(0, 13)],
    ["bytes behind zstd", unzstd, Buffer.concat([zstd, junk])],
    ["one byte behind zstd", unzstd, Buffer.concat([zstd, junk.subarray(0, 1)])],
    ["a second zstd frame cut short", unzstd, Buffer.concat([zstd, zstd.subarray(0, -5)])],
    ["a skippable zstd frame cut short", unzstd, Buffer.concat([zstd, skippable.subarray(0, -1)])],
    ["zstd that names another length", unzstd, Buffer.from("28b52ffd2003110000617a", "hex")],
    ["zstd that needs a dictionary", unzstd, Buffer.from("28b52ffd2101031100006162", "hex")],
  ])("%s", async (_, decompress, bytes) => {
    for (const size of sizes) {
      const fault: unknown = await gather(decompress(inPieces(bytes, size))).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isFormatFault(fault ?? {}), `in pieces of ${size}: ${String(fault)}`).toBe(true);
    }
  });
});

describe("a decompressor", () => {
  it("throws on what its input fails with", async () => {
    const failure = new Error("the network broke");
    async function* broken(bytes: Buffer) {
      yield bytes.subarray(0, 10);
      throw failure;
    }
    await expect(gather(gunzip(broken(gzip)))).rejects.toBe(failure);
    await expect(gather(inflateRaw(broken(deflate)))).rejects.toBe(failure);
    await expect(gather(unzstd(broken(zstd)))).rejects.toBe(failure);
  });

  it("ends its input when its reader leaves", async () => {
    let ended = 0;
    async function* input(bytes: Buffer) {
      try {
        for (;;) yield bytes;
      } finally {
        ended++;
      }
    }
    for (const output of [gunzip(input(gzip)), unzstd(input(zstd))]) {
      await output.next();
      await output.return();
    }
    expect(ended).toBe(2);
  });
});

it.each([
  ["deflate", inflateRaw, deflateRawSync],
  ["gzip", gunzip, gzipSync],
])("%s is decompressed some chunks ahead of its consumer, and no further", async (_, decompress, compress) => {
  const whole = randomBytes(16 * 1024 * 1024);
  const pieceBytes = 64 * 1024;
  let taken = 0;
  const input = async function* () {
    for await (const piece of inPieces(compress(whole), pieceBytes)) {
      taken += piece.length;
      yield piece;
    }
  };
  const found: Uint8Array[] = [];
  for await (const piece of decompress(input())) {
    if (found.length === 0) await vi.waitUntil(() => taken > 2.5 * piece.length, 30_000);
    found.push(piece);
    const ahead = taken - found.reduce((sum, { length }) => sum + length, 0);
    expect(ahead).toBeLessThan(4 * 1024 * 1024);
  }
  expect(Buffer.concat(found).equals(whole)).toBe(true);
});
