import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ItemKernel } from "../../../src/readers/items/kernel.js";
import { JsonFault } from "../../../src/readers/items/json-cursor.js";
import type { Cursor } from "../../../src/readers/items/json-cursor.js";
import { transcodeItem } from "../../../src/readers/items/transcode.js";
import type { ItemStyle } from "../../../src/readers/items/transcode.js";
import { items as anyItem, numbers as anyNumber } from "../../support/attribute-values.js";

const styles: fc.Arbitrary<ItemStyle> = fc.record({
  typed: fc.boolean(),
  numbers: fc.constantFrom("auto" as const, "string" as const, "number" as const, "json" as const),
  sets: fc.constantFrom("array" as const, "tagged" as const),
});

const comma = 0x2c;
const lineFeed = 0x0a;

function cursorOf(text: Uint8Array): Cursor {
  // A page has a bracket behind its items, which leaves room for the last line feed.
  return { source: text, end: text.length, at: 0, target: new Uint8Array(text.length + 1), length: 0 };
}

interface Outcome {
  readonly lines: string;
  readonly at: number;
  readonly fault: string | undefined;
}

/** Converts items with commas between them in JavaScript, until the last. */
function inScript(text: Uint8Array, style: ItemStyle): Outcome {
  const cursor = cursorOf(text);
  return outcome(cursor, () => {
    while (stepInScript(cursor, style));
  });
}

/** As the reader does: in the kernel, and item by item in JavaScript where the kernel stops. */
function inKernel(text: Uint8Array, style: ItemStyle): Outcome {
  const cursor = cursorOf(text);
  const kernel = ItemKernel.open(cursor, style);
  try {
    return outcome(cursor, () => {
      while (kernel?.convert(cursor, Number.POSITIVE_INFINITY).done !== true && stepInScript(cursor, style));
    });
  } finally {
    kernel?.close();
  }
}

/** @returns whether a comma follows */
function stepInScript(cursor: Cursor, style: ItemStyle): boolean {
  transcodeItem(cursor, style);
  cursor.target[cursor.length++] = lineFeed;
  while (/\s/.test(String.fromCharCode(cursor.source[cursor.at] ?? 0))) cursor.at++;
  if (cursor.source[cursor.at] !== comma) return false;
  cursor.at++;
  return true;
}

function outcome(cursor: Cursor, convert: () => void): Outcome {
  let fault: string | undefined;
  try {
    convert();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    fault = error.message;
  }
  const lines = fault === undefined ? Buffer.from(cursor.target.subarray(0, cursor.length)).toString("latin1") : "";
  return { lines, at: fault === undefined ? cursor.at : 0, fault };
}

const textOf = (items: readonly unknown[], gap: string) =>
  Buffer.from(
    items
      .map((item) => JSON.stringify(item, null, gap.length > 0 && /^ +$/.test(gap) ? gap : undefined))
      .join(`${gap},${gap}`),
  );

describe("ItemKernel", () => {
  it("writes what the conversion in JavaScript writes", () => {
    fc.assert(
      fc.property(
        fc.array(anyItem, { minLength: 1, maxLength: 6 }),
        styles,
        fc.constantFrom("", " ", "\r\n\t"),
        (items, style, gap) => {
          const text = textOf(items, gap);
          expect(inKernel(text, style)).toEqual(inScript(text, style));
        },
      ),
    );
  });

  it("writes every number as the conversion in JavaScript does", () => {
    const odd = fc.oneof(
      anyNumber,
      fc.stringMatching(/^[-+]?[0-9]{0,19}[.]?[0-9]{0,19}$/),
      fc.stringMatching(/^0{0,3}[0-9]{1,3}0{0,18}[.]?0{0,9}[0-9]?$/),
      fc.stringMatching(/^-?[0-9.]{1,5}[eE][-+]?[0-9]{1,3}$/),
      fc.constantFrom("", "-", ".", "-0", "00", "1.", ".5", "NaN", "1_0", "9007199254740992", "1\\u0030"),
    );
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 8 }), styles, (values, style) => {
        const members = values.map((value, index) => `"n${index}":{"N":"${value}"}`);
        const text = Buffer.from(
          `{${members.join(",")},"set":{"NS":[${values.map((value) => `"${value}"`).join(",")}]}}`,
        );
        expect(inKernel(text, style)).toEqual(inScript(text, style));
      }),
    );
  });

  it("refuses what the conversion in JavaScript refuses, at the same byte", () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('{}[]",:\\ \nSNBMLtfnu0-.'))),
      kind: fc.constantFrom("replace", "insert", "remove", "cut"),
    });
    fc.assert(
      fc.property(
        fc.array(anyItem, { minLength: 1, maxLength: 3 }),
        styles,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (items, style, changes) => {
          let text = textOf(items, "");
          for (const { at, byte, kind } of changes) {
            const index = Math.floor(at * text.length);
            const rest = text.subarray(kind === "insert" ? index : index + 1);
            const parts = kind === "remove" ? [] : [Buffer.of(byte)];
            text = Buffer.concat([text.subarray(0, index), ...(kind === "cut" ? [] : [...parts, rest])]);
          }
          expect(inKernel(text, style)).toEqual(inScript(text, style));
        },
      ),
    );
  });

  it("keeps no line beyond the limit, and reads on to the end", () => {
    const text = Buffer.from('{"a":{"S":"x"}},{"a":{"N":"1E5"}},{"a":{"N":"1E6"}},{"a":{"S":"y"}}');
    const cursor = cursorOf(text);
    const kernel = ItemKernel.open(cursor, { typed: false, numbers: "auto", sets: "array" });
    expect(kernel?.convert(cursor, 2)).toEqual({ items: 2, done: true });
    kernel?.close();
    expect(Buffer.from(cursor.target.subarray(0, cursor.length)).toString()).toBe('{"a":"x"}\n{"a":1E5}\n');
    expect(cursor.at).toBe(text.length);
  });

  it("leaves lists deeper than DynamoDB allows to the caller", () => {
    const text = Buffer.from(`{"a":${'{"L":['.repeat(400)}${"]}".repeat(400)}}`);
    const style = { typed: false, numbers: "auto", sets: "array" } as const;
    expect(inKernel(text, style).fault).toMatch(/^expected at most 128 levels of nesting/);
    expect(inKernel(text, style)).toEqual(inScript(text, style));
  });
});
