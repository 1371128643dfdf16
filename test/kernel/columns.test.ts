import { describe, expect, it } from "vitest";
import { ColumnGroup, textsOf } from "../../src/readers/rows/column-group.js";
import { batchOfTexts } from "../../src/readers/rows/batch.js";

function groupOf(values: readonly (string | undefined)[]): ColumnGroup {
  const group = new ColumnGroup(2);
  const batch = batchOfTexts(
    2,
    values.map((value) => ["other", value]),
  );
  for (let from = 0; from < batch.rows;) from = group.add(batch, from);
  return group;
}

function encodeColumn(values: readonly (string | undefined)[]) {
  const group = groupOf(values);
  const { levels, nulls, values: bytes, least, greatest, dictionary: found } = group.page(1);
  const copy = {
    levels: Buffer.from(levels),
    nulls,
    values: Buffer.from(bytes),
    least: least && Buffer.from(least).toString(),
    greatest: greatest && Buffer.from(greatest).toString(),
    dictionary: found && { entries: found.entries, bytes: Buffer.from(found.bytes) },
  };
  group.close();
  return copy;
}

/** Each text behind its length. */
function plain(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
}

describe("a column for Parquet", () => {
  it("has each value behind its length, without the nulls", () => {
    const found = encodeColumn(["b", undefined, "a", "", undefined]);
    expect(found).toEqual({
      // One run of eight packed bits: 1, 0, 1, 1, 0.
      levels: Buffer.of(3, 0b01101),
      nulls: 2,
      values: plain(["b", "a", ""]),
      least: "",
      greatest: "b",
      dictionary: undefined,
    });
  });

  it("has one run of levels when no value is null", () => {
    expect(encodeColumn(Array.from({ length: 100 }, (_, row) => String(row))).levels).toEqual(Buffer.of(0xc8, 1, 1));
  });

  it("orders by unsigned bytes, a prefix first", () => {
    expect(encodeColumn(["é", "z", "zz"])).toMatchObject({ least: "z", greatest: "é" });
    expect(encodeColumn(["ab", "a"])).toMatchObject({ least: "a", greatest: "ab" });
  });

  it("numbers values that come again, in the order of their first appearance", () => {
    const found = encodeColumn(Array.from({ length: 16 }, (_, row) => ["red", "green", "blue"][row % 3]));
    expect(found.dictionary).toEqual({ entries: 3, bytes: plain(["red", "green", "blue"]) });
    // A width of two bits, then two groups of eight indexes: 0, 1, 2, 0, ..., the lowest bits first.
    expect(found.values).toEqual(Buffer.of(2, 5, 0b00100100, 0b01001001, 0b10010010, 0b00100100));
  });

  it("has no dictionary when the values are all different", () => {
    expect(encodeColumn(Array.from({ length: 2000 }, (_, row) => String(row))).dictionary).toBeUndefined();
  });

  it("tells values apart whose ends alone differ, at every length", () => {
    for (let length = 1; length < 40; length++) {
      const [one, other] = [`${"x".repeat(length - 1)}1`, `${"x".repeat(length - 1)}2`];
      const found = encodeColumn(Array.from({ length: 64 }, (_, row) => (row % 2 === 0 ? one : other)));
      expect(found.dictionary).toEqual({ entries: 2, bytes: plain([one, other]) });
    }
  });
});

describe("a column for Arrow", () => {
  it("has its values side by side, an offset more than values, and a bit for each that is there", () => {
    const group = groupOf(["b", undefined, "é", "", undefined]);
    const { bytes, offsets, validity, nulls } = group.cells(1);
    expect({ text: Buffer.from(bytes).toString(), offsets: [...offsets], nulls }).toEqual({
      text: "bé",
      offsets: [0, 1, 1, 3, 3, 3],
      nulls: 2,
    });
    expect([...(validity ?? [])]).toEqual([0b01101]);
    group.close();
  });

  it("gives texts back as they were, after nulls of any number", () => {
    for (let count = 0; count < 40; count++) {
      const values = Array.from({ length: count }, (_, row) => (row % 3 === 1 ? undefined : "x".repeat(row)));
      const group = groupOf(values);
      expect(textsOf(group.cells(1))).toEqual(values);
      group.close();
    }
  });

  it("has no bits when no value is null", () => {
    const group = groupOf(["a", "b"]);
    expect(group.cells(1).validity).toBeUndefined();
    group.close();
  });
});
