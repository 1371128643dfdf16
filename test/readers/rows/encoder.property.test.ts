import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchOfTexts } from "../../../src/readers/rows/batch.js";
import { createRowEncoder } from "../../../src/readers/rows/formats.js";
import type { RowFormat } from "../../../src/readers/rows/encoder.js";

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).filter((text) => Buffer.from(text).toString() === text),
  fc.constantFrom("", '"', ",", "\r\n", "\n", "\u0000", "\u001f", "\\", '""', " ", "é", "😀", "\u2028", "null"),
);
const tables = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    names: fc.uniqueArray(hostile, { minLength: width, maxLength: width }),
    batches: fc.array(fc.array(fc.array(hostile, { minLength: width, maxLength: width }), { maxLength: 6 }), {
      maxLength: 3,
    }),
  }),
);

async function encode(format: RowFormat, names: readonly string[], batches: readonly string[][][]): Promise<string> {
  const encoder = await createRowEncoder(
    format,
    names.map((name) => ({ name, type: "text" })),
  );
  const parts = batches.map((rows) => Buffer.from(encoder.encode(batchOfTexts(names.length, rows))));
  return Buffer.concat([...parts, encoder.finish()]).toString();
}

const asObjects = (names: readonly string[], batches: readonly string[][][]) =>
  batches.flat().map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));

describe("row encoders", () => {
  it("write NDJSON that JSON.parse reads as the same cells", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ names, batches }) => {
        const lines = (await encode("ndjson", names, batches)).split("\n").slice(0, -1);
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(asObjects(names, batches));
      }),
    );
  });

  it("write a JSON array that JSON.parse reads as the same cells", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ names, batches }) => {
        expect(JSON.parse(await encode("json", names, batches))).toEqual(asObjects(names, batches));
      }),
    );
  });

  it("write CSV that csv-parse reads as the same cells", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ names, batches }) => {
        const text = await encode("csv", names, batches);
        const rows = parse(text, { record_delimiter: "\n" });
        expect(rows).toEqual([names, ...batches.flat()]);
      }),
    );
  });
});

describe("typed and null cells", () => {
  const columns = [
    { name: "n", type: "number" },
    { name: "t", type: "text" },
    { name: "j", type: "json" },
  ] as const;
  const batch = batchOfTexts(3, [
    ["-1.50", undefined, '{"a":[1]}'],
    [undefined, "x", undefined],
  ]);

  it.each([
    ["ndjson", '{"n":-1.50,"t":null,"j":{"a":[1]}}\n{"n":null,"t":"x","j":null}\n'],
    ["json", '[\n{"n":-1.50,"t":null,"j":{"a":[1]}},\n{"n":null,"t":"x","j":null}\n]\n'],
    ["csv", 'n,t,j\n-1.50,,"{""a"":[1]}"\n,x,\n'],
    ["table", '    n  t  j\n-----  -  ---------\n-1.50     {"a":[1]}\n       x\n'],
  ] as const)("keep their form in %s", async (format, expected) => {
    const encoder = await createRowEncoder(format, columns);
    const text = Buffer.from(encoder.encode(batch)).toString() + Buffer.from(encoder.finish()).toString();
    expect(text).toBe(expected);
  });
});
