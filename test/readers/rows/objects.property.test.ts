import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchOfTexts } from "../../../src/readers/rows/batch.js";
import type { Column } from "../../../src/readers/rows/batch.js";
import { listRows } from "../../../src/readers/rows/objects.js";

const text = fc.option(fc.string({ unit: "grapheme" }), { nil: undefined });
const texts = (name: string): Column => ({ name, type: "text" });

describe("rows as objects", () => {
  it("have every cell under its column's name, whatever the name", () => {
    const table = fc
      .uniqueArray(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "constructor", "1")), {
        minLength: 1,
        maxLength: 5,
      })
      .chain((names) =>
        fc.tuple(
          fc.constant(names),
          fc.array(fc.array(text, { minLength: names.length, maxLength: names.length }), { maxLength: 8 }),
        ),
      );
    fc.assert(
      fc.property(table, ([names, rows]) => {
        const listed = [...listRows(names.map(texts), batchOfTexts(names.length, rows))];
        expect(listed).toHaveLength(rows.length);
        for (const [index, row] of listed.entries()) {
          expect(Object.keys(row).toSorted()).toEqual(names.toSorted());
          for (const [column, name] of names.entries()) {
            const { value } = Object.getOwnPropertyDescriptor(row, name) as PropertyDescriptor;
            expect(value).toBe(rows[index]?.[column] ?? null);
          }
        }
      }),
    );
  });

  it("keep integers to the last digit", () => {
    const column: Column = { name: "n", type: "integer" };
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }), (integer) => {
        const [row] = [...listRows([column], batchOfTexts(1, [[String(integer)]]))];
        expect(String(row?.["n"])).toBe(String(integer));
        expect(typeof row?.["n"]).toBe(Number.isSafeInteger(Number(integer)) ? "number" : "bigint");
      }),
    );
  });

  it("have numbers and booleans as such, and days and times as they are written", () => {
    const columns = (["number", "boolean", "date", "timestamp"] as const).map((type): Column => ({ name: type, type }));
    const batch = batchOfTexts(4, [
      ["1.5e3", "true", "2024-01-15", "2024-01-15T00:00:00Z"],
      [undefined, "false", undefined, undefined],
    ]);
    expect([...listRows(columns, batch)]).toEqual([
      { number: 1500, boolean: true, date: "2024-01-15", timestamp: "2024-01-15T00:00:00Z" },
      { number: null, boolean: false, date: null, timestamp: null },
    ]);
  });
});
