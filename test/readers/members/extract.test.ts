import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { extractMembers } from "../../../src/readers/members/extract.js";
import { fromMembers } from "../../../src/readers/archive/archive.js";
import type { Member } from "../../../src/readers/archive/archive.js";
import { createScratch } from "../../support/scratch.js";

const object = { bucket: "b", key: "k.zip", size: 1, etag: "", lastModified: new Date(0), head: new Uint8Array(0) };

function member(name: string, whileRead: () => void = () => undefined): Member {
  return {
    name,
    object,
    subject: `member "${name}"`,
    compressedSize: 1,
    uncompressedSize: 1,
    special: undefined,
    span: { object, start: 0, end: 1 },
    async *read() {
      whileRead();
      yield Buffer.from("new");
    },
  };
}

function extract(folder: string, members: readonly Member[]): Promise<void> {
  const archives = async function* () {
    yield fromMembers({ object, kind: "zip" }, members);
  };
  const spans = async function* () {
    for (const { span } of members) yield span;
  };
  const tally = { rows: 0, bytes: 0, members: 0, notes: [] };
  const read = () => (async function* () {})();
  const options = { tally, severalObjects: false, signal: new AbortController().signal };
  return extractMembers({ archives, spans }, read, folder, options);
}

it("puts back what was there when a file cannot be moved to its name", async () => {
  const folder = createScratch("extract");
  writeFileSync(join(folder, "a.csv"), "old");
  const members = [
    member("a.csv"),
    member("deep/er/b.csv"),
    // Another program makes a folder there while the archive is read.
    member("c.csv", () => mkdirSync(join(folder, "c.csv"))),
    member("d.csv"),
  ];
  await expect(extract(folder, members)).rejects.toMatchObject({ code: "ERR_OUTPUT" });
  expect(readdirSync(folder).sort()).toEqual(["a.csv", "c.csv"]);
  expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe("old");
});

it("leaves no new folder behind when it fails", async () => {
  const folder = createScratch("extract");
  const fail = () => {
    throw new Error("the network broke");
  };
  await expect(extract(join(folder, "new/deep"), [member("a.csv", fail)])).rejects.toThrow("the network broke");
  await expect(extract(join(folder, "new/deep"), [member("../a.csv")])).rejects.toMatchObject({ code: "ERR_INPUT" });
  expect(readdirSync(folder)).toEqual([]);
});

it("replaces files and keeps no copy of them", async () => {
  const folder = createScratch("extract");
  writeFileSync(join(folder, "a.csv"), "old");
  await extract(folder, [member("a.csv"), member("b/c.csv")]);
  expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe("new");
  expect(existsSync(join(folder, "b/c.csv"))).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["a.csv", "b"]);
});
