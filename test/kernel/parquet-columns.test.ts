import { describe, expect, it } from "vitest";
import { RowGroup } from "../../src/readers/rows/parquet/row-group.js";
import { batchOfTexts } from "../../src/readers/rows/batch.js";

function encodeColumn(values: readonly (string | undefined)[], dictionary = true) {
  const group = new RowGroup(2);
  const batch = batchOfTexts(
    2,
    values.map((value) => ["other", value]),
  );
  for (let from = 0; from < batch.rows;) from = group.add(batch, from);
  const { levels, nulls, values: bytes, least, greatest, dictionary: found } = group.column(1, dictionary);
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
    const found = encodeColumn(["b", undefined, "a", "", undefined], false);
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
    expect(
      encodeColumn(
        Array.from({ length: 100 }, (_, row) => String(row)),
        false,
      ).levels,
    ).toEqual(Buffer.of(0xc8, 1, 1));
  });

  it("orders by unsigned bytes, a prefix first", () => {
    expect(encodeColumn(["é", "z", "zz"], false)).toMatchObject({ least: "z", greatest: "é" });
    expect(encodeColumn(["ab", "a"], false)).toMatchObject({ least: "a", greatest: "ab" });
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
