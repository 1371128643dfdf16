import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchOfTexts } from "../../../src/readers/rows/batch.js";
import { parseCondition } from "../../../src/readers/select/condition.js";
import { createLikeTest } from "../../../src/readers/select/like.js";
import { createRowTest } from "../../../src/readers/select/row-test.js";

const columns = ["id", "amount", "status", "order id"];
const rows = [
  ["1", "99", "open", "a"],
  ["2", "100", "closed", "b"],
  ["3", "100.00", "in transit", undefined],
  ["4", "1,000", "", "d"],
  ["5", "12345678901234567891", "open", "e"],
] as const;

function idsThatPass(text: string): string {
  const test = createRowTest(
    parseCondition(text),
    (name) => ({ kind: "cell", column: columns.indexOf(name) }),
    () => [],
  );
  const batch = batchOfTexts(columns.length, rows);
  return rows
    .filter((_, row) => test(batch, row * columns.length))
    .map(([id]) => id)
    .join("");
}

describe("a condition", () => {
  it.each([
    ["status = open", "15"],
    ["status <> open", "234"],
    ["status != 'in transit'", "1245"],
    [`"order id" = "b"`, "2"],
    ["amount = 100", "23"],
    ["amount = '100'", "2"],
    ["amount >= 100 and status = open", "5"],
    ["id = 1 or id = 2", "12"],
    ["id = 1 or id = 2 and status = open", "1"],
    ["(id = 1 or id = 2) AND NOT status = open", "2"],
    ["id in (1, 2.0, 'x', 9)", "12"],
    ["id not in (1, 2)", "345"],
    ["status in ('in transit', closed)", "23"],
    ["status like '%o%'", "125"],
    ["status like 'o_en'", "15"],
    ["status not like '%e%'", "34"],
    ['"order id" is null', "3"],
    ['"order id" is not null and id < 3', "12"],
    ["amount > 12345678901234567890", "5"],
    ["amount < 12345678901234567890", "123"],
    ["amount = 12345678901234567890", ""],
    ["amount = 1.2345678901234567891e19", "5"],
    ["status ~ tran", "3"],
    ["status !~ e", "34"],
    ["status > closed", "135"],
    ["'order id' != a", "2345"],
    ["status == open", "15"],
    ["amount between 99 and 100 and id < 3", "12"],
    ["amount not between 99 and 100", "45"],
    ["status between 'closed' AND 'in transit'", "23"],
    ["status begins_with 'in '", "3"],
    ["status not begins_with open", "234"],
    ["begins_with(status, 'clo') or BEGINS_WITH(id, 1)", "12"],
    ["not begins_with(status, '%')", "12345"],
  ])("%s selects rows %s", (text, expected) => {
    expect(idsThatPass(text)).toBe(expected);
  });

  it.each([
    ["amount => 100", 'character 8: expected an operator, found "=>"'],
    ["amount > 1,000", 'character 11: expected and, or, or the end, found ","'],
    ["amount > ", "character 10: expected a value, found the end"],
    ["status = in transit", 'character 10: expected a value, found "in"'],
    ["status = on hold", 'character 13: expected and, or, or the end, found "hold"'],
    ["a = x or", "character 9: expected the name of a column, found the end"],
    ["(a = 1", 'character 7: expected ")", found the end'],
    ["a in 1", 'character 6: expected "(", found "1"'],
    ["a in ()", 'character 7: expected a value, found ")"'],
    ["a is 1", 'character 6: expected null, found "1"'],
    ["a not = 1", 'character 7: expected like, in, between or begins_with, found "="'],
    ["a = 'x", "character 5: the quote ' is never closed"],
    ["", "character 1: expected the name of a column, found the end"],
    ["a", "character 2: expected an operator, found the end"],
    ["= 1", 'character 1: expected the name of a column, found "="'],
    ["a between 1", "character 12: expected and, found the end"],
    ["a between 1 or 2", 'character 13: expected and, found "or"'],
    ["a begins_with", "character 14: expected a value, found the end"],
    ["begins_with(a)", 'character 14: expected ",", found ")"'],
    ["begins_with(a, b", 'character 17: expected ")", found the end'],
    ["a = 1 b = 2", 'character 7: expected and, or, or the end, found "b"'],
  ])("%s is refused with the place", (text, expected) => {
    expect(() => parseCondition(text)).toThrow(expected);
  });

  it("compares decimals of any length as numbers, to the last digit", () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 }))
      .map(([whole, scale]) => ({ whole, scale, text: spell(whole, scale) }));
    fc.assert(
      fc.property(decimal, decimal, (one, other) => {
        const scale = BigInt(Math.max(one.scale, other.scale));
        const difference =
          one.whole * 10n ** (scale - BigInt(one.scale)) - other.whole * 10n ** (scale - BigInt(other.scale));
        const batch = batchOfTexts(1, [[one.text]]);
        const passes = (operator: string) =>
          createRowTest(
            parseCondition(`x ${operator} ${other.text}`),
            () => ({ kind: "cell", column: 0 }),
            () => [],
          )(batch, 0);
        expect(["<", "=", ">"].map(passes)).toEqual([difference < 0n, difference === 0n, difference > 0n]);
      }),
    );
  });

  it("is like a pattern where a regular expression of the same meaning matches", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\n"), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "%", "_", "é"), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (value, like) => {
        const expression = new RegExp(`^${like.replaceAll("%", "[^]*").replaceAll("_", "[^]")}$`, "u");
        expect(createLikeTest(like)(value)).toBe(expression.test(value));
      }),
      { numRuns: 2000 },
    );
  });
});

function spell(whole: bigint, scale: number): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
  const [integer, fraction] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)];
  return `${whole < 0n ? "-" : ""}${integer}${fraction === "" ? "" : `.${fraction}`}`;
}
