import { describe, expect, it } from "vitest";
import { openArchive } from "../../../src/readers/archive/open.js";
import { createSpanReader } from "../../../src/readers/archive/spans.js";
import { writeZip } from "../../support/zip-writer.js";

const whole = writeZip([
  { name: "a.csv", data: "a,b\n" },
  { name: "é.csv", data: "c,d\n" },
]);
const directoryAt = whole.readUInt32LE(whole.length - 22 + 16);

async function read(bytes: Buffer): Promise<readonly string[]> {
  const object = { bucket: "b", key: "k", size: bytes.length, etag: "", lastModified: new Date(0), head: bytes };
  const selection = { wanted: () => true, maximumExpansion: 1000 };
  const archive = await openArchive(object, selection, async (start, end) => bytes.subarray(start, end));
  const texts: string[] = [];
  for (const member of archive.members) {
    const spans = createSpanReader([member.span], { read: async (_, start, end) => bytes.subarray(start, end) });
    const pieces: Buffer[] = [];
    for await (const piece of member.read(spans)) pieces.push(Buffer.from(piece));
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
      "the size of its directory is wrong",
    ],
    [
      "a name is said to be UTF-8 and is not",
      changed((b) => {
        b.writeUInt16LE(b.readUInt16LE(directoryAt + 8) | 0x800, directoryAt + 8);
        b.writeUInt8(0xff, directoryAt + 46);
      }),
      "said to be UTF-8",
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
