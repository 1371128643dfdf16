// oxlint-disable-next-line no-restricted-imports -- the oracle of this test
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainStyle, transcodeItem } from "../../../src/readers/items/transcode.js";
import type { ItemStyle } from "../../../src/readers/items/transcode.js";
import { JsonFault } from "../../../src/readers/items/json-cursor.js";
import { canonicalNumber, items } from "../../support/attribute-values.js";
import type { AttributeValue, Item } from "../../support/attribute-values.js";

function transcode(json: string, style: ItemStyle): string {
  const source = Buffer.from(json);
  const target = Buffer.alloc(source.length);
  const cursor = { source, end: source.length, at: 0, target, length: 0 };
  transcodeItem(cursor, style);
  expect(cursor.at).toBe(source.length);
  return target.toString("utf8", 0, cursor.length);
}

/** The obvious way to do the same, by way of trees. */
function plainText(value: AttributeValue, style: ItemStyle): string {
  const [[tag, content]] = Object.entries(value) as [[string, unknown]];
  const set = (elements: readonly string[]) =>
    style.sets === "tagged" ? `{"${tag}":[${elements.join(",")}]}` : `[${elements.join(",")}]`;
  switch (tag) {
    case "N":
      return numberText(content as string, style);
    case "NULL":
      return "null";
    case "SS":
    case "BS":
      return set((content as string[]).map((element) => JSON.stringify(element)));
    case "NS":
      return set((content as string[]).map((element) => numberText(element, style)));
    case "L":
      return `[${(content as AttributeValue[]).map((element) => plainText(element, style)).join(",")}]`;
    case "M":
      return plainItem(content as Item, style);
    default:
      return JSON.stringify(content);
  }
}

function plainItem(item: Item, style: ItemStyle): string {
  return `{${Object.entries(item)
    .map(([name, value]) => `${JSON.stringify(name)}:${plainText(value, style)}`)
    .join(",")}}`;
}

function numberText(text: string, style: ItemStyle): string {
  if (style.numbers === "json") return text;
  const survives = canonicalNumber(String(Number(text))) === canonicalNumber(text);
  if (style.numbers === "number") return survives ? text : String(Number(text));
  return style.numbers === "auto" && survives ? text : JSON.stringify(text);
}

/** Python's json.dumps spacing, which moto sends, and worse. */
function spaced(value: unknown, gap: string): string {
  if (Array.isArray(value))
    return `[${gap}${value.map((element) => spaced(element, gap)).join(`${gap},${gap}`)}${gap}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}${gap}:${spaced(member, gap)}`,
    );
    return `{${gap}${members.join(`${gap},${gap}`)}${gap}}`;
  }
  return JSON.stringify(value);
}

const styles: fc.Arbitrary<ItemStyle> = fc.record({
  typed: fc.constant(false),
  numbers: fc.constantFrom("auto" as const, "string" as const, "number" as const, "json" as const),
  sets: fc.constantFrom("array" as const, "tagged" as const),
});

describe("transcodeItem", () => {
  it("writes any item as the obvious conversion would", () => {
    fc.assert(
      fc.property(items, styles, (item, style) => {
        expect(transcode(JSON.stringify(item), style)).toBe(plainItem(item, style));
      }),
      { numRuns: 1000 },
    );
  });

  it("does not mind white space between tokens", () => {
    fc.assert(
      fc.property(items, styles, fc.constantFrom(" ", "\n", "\r\n\t "), (item, style, gap) => {
        expect(transcode(spaced(item, gap), style)).toBe(plainItem(item, style));
        expect(transcode(spaced(item, gap), { ...style, typed: true })).toBe(JSON.stringify(item));
      }),
    );
  });

  it("agrees with the AWS SDK's unmarshaller", () => {
    fc.assert(
      fc.property(items, (item) => {
        const binaryDecoded = JSON.parse(JSON.stringify(item), (key, value) =>
          key === "B" && typeof value === "string" ? Buffer.from(value, "base64") : value,
        );
        fc.pre(!JSON.stringify(item).includes('"BS"') && !JSON.stringify(item).includes("__proto__"));
        fc.pre(!/"B":[^"]/.test(JSON.stringify(item)));
        const theirs = unmarshall(binaryDecoded, { wrapNumbers: (text) => `number ${canonicalNumber(text)}` as never });
        const comparable = JSON.stringify(theirs, (_, value) =>
          value instanceof Set
            ? [...value]
            : value?.type === "Buffer"
              ? Buffer.from(value.data).toString("base64")
              : value,
        );
        const ours = JSON.stringify(markNumbers(item));
        expect(comparable).toBe(ours);
      }),
    );

    /** Our output for `--numbers string`, read as JSON, with the numbers marked as the other side marks them. */
    function markNumbers(item: Item): unknown {
      const marked = JSON.parse(JSON.stringify(item), (key, value) => {
        if (key === "N" && typeof value === "string") return `number ${canonicalNumber(value)}`;
        if (key === "NS" && Array.isArray(value)) return value.map((text: string) => `number ${canonicalNumber(text)}`);
        return value;
      });
      return JSON.parse(transcode(JSON.stringify(marked), { ...plainStyle, numbers: "string" }));
    }
  });

  it("turns any damage into a fault, never into text that is no JSON", () => {
    fc.assert(
      fc.property(items, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (item, where, byte) => {
        const bytes = Buffer.from(JSON.stringify(item));
        bytes[where % bytes.length] = byte;
        expect(outcome(bytes)).toMatch(/^(fault|JSON)$/);
      }),
      { numRuns: 2000 },
    );

    function outcome(source: Buffer): string {
      const target = Buffer.alloc(source.length);
      const cursor = { source, end: source.length, at: 0, target, length: 0 };
      try {
        transcodeItem(cursor, plainStyle);
      } catch (error) {
        return error instanceof JsonFault ? "fault" : String(error);
      }
      JSON.parse(target.toString("utf8", 0, cursor.length));
      return "JSON";
    }
  });

  it("turns a cut at any byte into a fault", () => {
    fc.assert(
      fc.property(items, fc.nat(), styles, (item, where, style) => {
        const bytes = Buffer.from(JSON.stringify(item));
        const end = where % bytes.length;
        const cursor = { source: bytes, end, at: 0, target: Buffer.alloc(bytes.length), length: 0 };
        expect(() => transcodeItem(cursor, style)).toThrow(JsonFault);
      }),
    );
  });
});
