import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Archive } from "../../../src/readers/archive/archive.js";
import { membersIn, openInMemory, spansInMemory } from "../../support/archive-in-memory.js";
import { writeZip } from "../../support/zip-writer.js";

const whole = writeZip([
  { name: "a.csv", data: "a,b\n" },
  { name: "é.csv", data: "c,d\n" },
]);
const directoryAt = whole.readUInt32LE(whole.length - 22 + 16);

function openBytes(bytes: Buffer, key = "k", maxExpansion = 1000): Promise<Archive> {
  return openInMemory(bytes, { key, wanted: () => true, maxExpansion });
}

async function read(bytes: Buffer, ...more: [key?: string, maxExpansion?: number]): Promise<readonly string[]> {
  const archive = await openBytes(bytes, ...more);
  const texts: string[] = [];
  for (const member of membersIn(archive)) {
    const pieces: Buffer[] = [];
    for await (const piece of member.read(spansInMemory(member, bytes))) pieces.push(Buffer.from(piece));
    texts.push(Buffer.concat(pieces).toString());
  }
  return texts;
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
}

describe("a ZIP archive is refused when", () => {
  it.each<[string, Buffer, string]>([
    ["a local header has another name", changed((b) => b.write("b", 30)), "another name than the directory"],
    ["a local header has a longer name", changed((b) => b.writeUInt16LE(6, 26)), "another name than the directory"],
    [
      "the directory is said to be longer",
      changed((b) => b.writeUInt32LE(b.readUInt32LE(b.length - 10) + 1, b.length - 10)),
      "the size of its directory is wrong",
    ],
    [
      "fewer members are counted than the directory has",
      changed((b) => b.fill(Buffer.of(1, 0, 1, 0), b.length - 14, b.length - 10)),
      "its end record counts 1 members, its directory has 2",
    ],
    [
      "a name is said to be UTF-8 and is not",
      changed((b) => {
        b.writeUInt16LE(b.readUInt16LE(directoryAt + 8) | 0x800, directoryAt + 8);
        b.writeUInt8(0xff, directoryAt + 46);
      }),
      "marked as UTF-8",
    ],
    ["a name contains NUL", changed((b) => b.writeUInt8(0, directoryAt + 46)), "NUL"],
    ["a member needs a newer version", changed((b) => b.writeUInt8(64, directoryAt + 6)), "newer version"],
    ["a member is a patch", changed((b) => b.writeUInt8(0x20, directoryAt + 8)), "newer version"],
  ])("%s", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: "ERR_INPUT",
      message: expect.stringContaining(message) as string,
    });
  });
});

it("a ZIP archive with a comment and with names of any letters is read", async () => {
  expect(await read(whole)).toEqual(["a,b\n", "c,d\n"]);
  expect(await read(writeZip([{ name: "é.csv", data: "x", zip64: true }], "a comment"))).toEqual(["x"]);
});

describe("a ZIP archive is read as Python, unzip and Go read it", () => {
  it("with 70,000 members and no ZIP64 record, whose number has no room in the end record", async () => {
    const empty = { bytes: Buffer.of(3, 0), length: 0, crc32: 0 };
    const members = Array.from({ length: 70_000 }, (_, index) => ({ name: `${index}.csv`, data: "", deflated: empty }));
    const archive = await openBytes(writeZip(members, "", 70_000 % 65_536));
    expect(membersIn(archive).length).toBe(70_000);
  });

  it("with bytes before and behind it", async () => {
    const prefix = Buffer.from("#!/bin/sh\nexit 0\n");
    expect(await read(Buffer.concat([prefix, whole, Buffer.from("PK\x05\x06 trailing")]), "k.zip")).toEqual([
      "a,b\n",
      "c,d\n",
    ]);
    const zip64 = writeZip([{ name: "é.csv", data: "x", zip64: true }]);
    expect(await read(Buffer.concat([prefix, zip64]), "k.ZIP")).toEqual(["x"]);
  });

  it("with names in code page 437 and with backslashes", async () => {
    const bytes = changed((b) => {
      b.write("\x81", 30, "latin1");
      b.write("\x81", directoryAt + 46, "latin1");
      b.writeUInt16LE(0, directoryAt + 8);
    });
    expect(membersIn(await openBytes(bytes))[0]?.name).toBe("ü.csv");
    expect(membersIn(await openBytes(writeZip([{ name: "in\\a.csv", data: "x" }])))[0]?.name).toBe("in/a.csv");
  });

  it("with a file and a folder of one name", async () => {
    const members = ["def", "def/foo"].map((name) => ({ name, data: name }));
    expect(await read(writeZip(members))).toEqual(["def", "def/foo"]);
  });
});

describe("members that share bytes", () => {
  it("are refused, so that no archive grows without end", async () => {
    const twice = writeZip([
      { name: "a.csv", data: "a" },
      { name: "b.csv", data: "b" },
    ]);
    const second = twice.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
    twice.writeUInt32LE(0, second + 42);
    await expect(read(twice)).rejects.toThrow("two members lie at the same place");
  });

  it("count together against --max-expansion", async () => {
    const zeros = deflateRawSync(Buffer.alloc(40 * 1024 * 1024));
    const deflated = { bytes: zeros, length: 40 * 1024 * 1024, crc32: crc32(Buffer.alloc(40 * 1024 * 1024)) };
    const members = ["a", "b", "c"].map((name) => ({ name, data: "", deflated }));
    await expect(read(writeZip(members), "k", 250)).rejects.toThrow("it expands to more than 250 times");
    await expect(read(writeZip(members.slice(0, 1)), "k", 250)).resolves.toHaveLength(1);
  });
});
