import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createColumnFinder } from "../../../src/readers/items/columns.js";
import { openItemDocument } from "../../../src/readers/items/document.js";
import { createItemRows } from "../../../src/readers/items/rows.js";
import { cellText } from "../../../src/readers/rows/batch.js";
import { plainStyle, transcodeItem } from "../../../src/readers/items/transcode.js";
import { items as anyItem } from "../../support/attribute-values.js";
import type { Item } from "../../support/attribute-values.js";

function linesOf(items: readonly Item[]): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const source = Buffer.from(JSON.stringify(item));
      const cursor = { source, end: source.length, at: 0, target: Buffer.alloc(source.length), length: 0 };
      transcodeItem(cursor, plainStyle);
      return [cursor.target.subarray(0, cursor.length), Buffer.from("\n")];
    }),
  );
}

function columnsOf(...lines: readonly string[]): Record<string, string> {
  const finder = createColumnFinder(undefined);
  for (const line of lines) finder.look(Buffer.from(`${line}\n`));
  return Object.fromEntries(finder.columns().map(({ name, type }) => [name, type]));
}

describe("createColumnFinder", () => {
  it("takes the narrowest type that loses nothing", () => {
    expect(
      columnsOf(
        '{"i":1,"f":1.5,"m":1,"b":true,"s":"x","l":[1],"n":null,"mix":1,"big":9007199254740993,"huge":1}',
        '{"i":-2,"m":0.5,"b":false,"s":"","l":{},"mix":"1","later":1e2,"big":1,"huge":12345678901234567890123}',
      ),
    ).toEqual({
      i: "integer",
      f: "number",
      m: "number",
      b: "boolean",
      s: "text",
      l: "json",
      n: "text",
      mix: "text",
      big: "integer",
      huge: "text",
      later: "number",
    });
  });

  it("keeps to the columns that were asked for, in their order", () => {
    const finder = createColumnFinder(["b", "absent", "a"]);
    finder.look(Buffer.from('{"a":1,"b":"x","c":true}\n'));
    expect(finder.columns()).toEqual([
      { name: "b", type: "text" },
      { name: "absent", type: "text" },
      { name: "a", type: "integer" },
    ]);
  });
});

describe("createItemRows", () => {
  it("has every top-level value of any item in its cell", () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 6 }), (items) => {
        const lines = linesOf(items);
        const finder = createColumnFinder(undefined);
        finder.look(lines);
        const columns = finder.columns();
        const batch = createItemRows(columns)(lines);
        expect(batch.rows).toBe(items.length);
        for (const [row, line] of lines.toString("utf8").split("\n").slice(0, -1).entries()) {
          const plain = new Map(Object.entries(JSON.parse(line) as Record<string, unknown>));
          for (const [column, { name }] of columns.entries()) {
            const value = plain.get(name);
            const cell = cellText(batch, row, column);
            const missing = value === null || value === undefined;
            const read = cell === undefined || typeof value === "string" ? cell : (JSON.parse(cell) as unknown);
            expect(read).toEqual(missing ? undefined : value);
          }
        }
      }),
    );
  });
});

describe("openItemDocument", () => {
  it("writes json as one array, however the lines come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyItem, { maxLength: 3 }), { maxLength: 4 }), async (pages) => {
        const chunks: Buffer[] = [];
        const document = await openItemDocument("json", {
          write: async (bytes) => void chunks.push(Buffer.from(bytes)),
        });
        for (const page of pages) await document.write(linesOf(page));
        await document.finish();
        const lines = linesOf(pages.flat()).toString("utf8").split("\n").slice(0, -1);
        expect(JSON.parse(Buffer.concat(chunks).toString("utf8"))).toEqual(
          lines.map((line) => JSON.parse(line) as unknown),
        );
      }),
    );
  });
});
