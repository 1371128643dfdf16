import { describe, expect, it } from "vitest";
import { classifyNumber } from "../../../src/readers/items/decimal.js";
import { plainStyle, transcodeItem } from "../../../src/readers/items/transcode.js";
import type { ItemStyle } from "../../../src/readers/items/transcode.js";

function transcode(json: string, style: ItemStyle = plainStyle): string {
  const source = Buffer.from(json);
  const cursor = { source, end: source.length, at: 0, target: Buffer.alloc(source.length), length: 0 };
  transcodeItem(cursor, style);
  return cursor.target.toString("utf8", 0, cursor.length);
}

describe("transcodeItem", () => {
  it.each([
    ['{"a":{"S":"x"}}', '{"a":"x"}'],
    ['{"a":{"N":"12"},"b":{"NULL":true},"c":{"BOOL":false}}', '{"a":12,"b":null,"c":false}'],
    [
      '{"a":{"B":"AP8="},"b":{"BS":["AA=="]},"c":{"SS":["s"]},"d":{"NS":["1","2.5"]}}',
      '{"a":"AP8=","b":["AA=="],"c":["s"],"d":[1,2.5]}',
    ],
    ['{"a":{"M":{"b":{"L":[{"S":"c"},{"M":{}},{"L":[]}]}}}}', '{"a":{"b":["c",{},[]]}}'],
    ['{"a":{"S":"\\ud83d\\ude00\\n\\/"}}', '{"a":"\\ud83d\\ude00\\n\\/"}'],
    ["{}", "{}"],
  ])("writes %s as %s", (typed, plain) => {
    expect(transcode(typed)).toBe(plain);
  });

  it("keeps 38 digits unless it is asked to round", () => {
    const item = '{"n":{"N":"12345678901234567890123456789012345678"}}';
    expect(transcode(item)).toBe('{"n":"12345678901234567890123456789012345678"}');
    expect(transcode(item, { ...plainStyle, numbers: "json" })).toBe('{"n":12345678901234567890123456789012345678}');
    expect(transcode(item, { ...plainStyle, numbers: "number" })).toBe('{"n":1.2345678901234568e+37}');
  });

  it("keeps a number beyond every double, which JSON cannot say, as a string", () => {
    expect(transcode('{"n":{"N":"1E310"}}', { ...plainStyle, numbers: "number" })).toBe('{"n":"1E310"}');
  });

  it("tells sets from lists when asked", () => {
    expect(transcode('{"a":{"NS":["1"]},"b":{"L":[{"N":"1"}]}}', { ...plainStyle, sets: "tagged" })).toBe(
      '{"a":{"NS":[1]},"b":[1]}',
    );
  });

  it("refuses nesting beyond any that DynamoDB stores, instead of overflowing", () => {
    const deep = `{"a":${'{"L":['.repeat(100_000)}${"]}".repeat(100_000)}}`;
    expect(() => transcode(deep)).toThrow("levels of nesting");
    expect(() => transcode(deep, { ...plainStyle, typed: true })).toThrow("levels of nesting");
  });

  it.each([
    '{"a":"x"}',
    '{"a":{"X":"x"}}',
    '{"a":{"S":1}}',
    '{"a":{"S":"x","N":"1"}}',
    '{"a":{"NULL":false}}',
    '{"a":{"S":"\\x"}}',
    '{"a":{"S":"\n"}}',
    '{"a":{"S":"x"},}',
    "[]",
    "",
  ])("refuses %j", (text) => {
    expect(() => transcode(text)).toThrow(/expected .* at byte \d+/);
  });
});

describe("classifyNumber", () => {
  it.each([
    ["1", "1", true],
    ["007", "7", true],
    ["+5", "5", true],
    [".5", "0.5", true],
    ["1.", "1", true],
    ["1E+2", "1E+2", true],
    ["0.1", "0.1", true],
    ["9007199254740993", "9007199254740993", false],
    ["9007199254740992", "9007199254740992", true],
    ["100000000000000000000", "100000000000000000000", true],
    ["0.30000000000000004", "0.30000000000000004", true],
    ["0.300000000000000045", "0.300000000000000045", false],
    ["1e400", "1e400", false],
    ["1e-400", "1e-400", false],
    ["-0", "-0", false],
  ])("spells %s as %s, kept by a double: %s", (text, json, exact) => {
    expect(classifyNumber(text)).toEqual({ json, exact });
  });

  it.each(["", "-", ".", "NaN", "Infinity", "0x10", "1 ", "1,5", "--1"])("finds no number in %j", (text) => {
    expect(classifyNumber(text).json).toBeUndefined();
  });
});
