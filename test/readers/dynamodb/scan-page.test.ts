import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transcodeScanPage } from "../../../src/readers/dynamodb/scan-page.js";
import { plainStyle } from "../../../src/readers/items/transcode.js";
import { items as anyItem } from "../../support/attribute-values.js";

const typed = { ...plainStyle, typed: true };

function read(text: string, maxItems?: number) {
  const body = Buffer.from(text);
  const { length, ...page } = transcodeScanPage(body, typed, maxItems);
  return { ...page, lines: body.toString("utf8", 0, length) };
}

describe("transcodeScanPage", () => {
  it("finds items, key and capacity in any order of the members", () => {
    const members: [string, unknown][] = [
      ["Items", [{ a: { S: "}]," } }, {}, { Items: { L: [] } }]],
      ["Count", 3],
      ["ScannedCount", 8],
      ["LastEvaluatedKey", { a: { N: "1" } }],
      ["ConsumedCapacity", { TableName: "t", CapacityUnits: 1.5 }],
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(members, { minLength: 5 }), fc.constantFrom(0, 2), (order, indent) => {
        expect(read(JSON.stringify(Object.fromEntries(order), null, indent))).toEqual({
          items: 3,
          scannedCount: 8,
          lastEvaluatedKey: '{"a":{"N":"1"}}',
          consumedCapacity: 1.5,
          lines: '{"a":{"S":"}],"}}\n{}\n{"Items":{"L":[]}}\n',
        });
      }),
    );
  });

  it("writes any items as lines in the answer's own place", () => {
    fc.assert(
      fc.property(fc.array(anyItem), (items) => {
        const text = JSON.stringify({ Items: items, Count: items.length });
        expect(read(text).lines).toBe(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
      }),
    );
  });

  it("ends at the limit and knows the last page", () => {
    const text = '{"Items":[{},{},{}],"LastEvaluatedKey":null}';
    expect(read(text, 2)).toMatchObject({ items: 2, lines: "{}\n{}\n", lastEvaluatedKey: undefined });
    expect(read('{"Count":0,"Items":[]}', 0)).toMatchObject({ items: 0, lines: "", consumedCapacity: 0 });
  });

  it.each(["", "[]", '{"Items":[}', '{"Items":[]}x', '{"Items":{}}', "<html>", '{"Items":[{}'])(
    "refuses %j",
    (text) => {
      expect(() => read(text)).toThrow(/expected .* at byte \d+/);
    },
  );
});
