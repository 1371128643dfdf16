import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinFilters, toFilter } from "../../../src/readers/dynamodb/condition.js";
import { aliasExpressions } from "../../../src/readers/dynamodb/expression.js";
import { parseCondition } from "../../../src/readers/select/condition.js";
import { parseExpressionNames, parseExpressionValues } from "../../../src/readers/dynamodb/attribute-value.js";

/** The expression with its aliases put back, in brackets. */
function resolved(filter: string, names: Readonly<Record<string, string>> = {}): string | undefined {
  const { filterExpression, expressionAttributeNames } = aliasExpressions({ filter, projection: undefined, names });
  return filterExpression?.replaceAll(/#\w+/g, (alias) => `[${expressionAttributeNames[alias]}]`);
}

describe("aliasExpressions", () => {
  it.each([
    ["state = :s", "[state] = :s"],
    ["size(a) > :n AND b.c[0].d <> :x", "size([a]) > :n AND [b].[c][0].[d] <> :x"],
    ["size > :n", "[size] > :n"],
    ["NOT (a = :a or contains(b,:b))", "NOT ([a] = :a or contains([b],:b))"],
    ["a between :x and :y", "[a] between :x and :y"],
    ["a IN (:x, :y)", "[a] IN (:x, :y)"],
    ["and = :x AND or = :y", "[and] = :x AND [or] = :y"],
    ['"odd name".`another.one` = :x', "[odd name].[another.one] = :x"],
    ['"say \\"hi\\"" = :x', '[say "hi"] = :x'],
    ["attribute_exists(a-b) AND attribute_type(c, :t)", "attribute_exists([a-b]) AND attribute_type([c], :t)"],
    ["a.size = :x AND a.and = :y", "[a].[size] = :x AND [a].[and] = :y"],
  ])("aliases %s", (filter, expected) => {
    expect(resolved(filter)).toBe(expected);
  });

  it("leaves the user's own names alone and takes no alias of theirs", () => {
    const names = { "#a0": "mine" };
    const { filterExpression, expressionAttributeNames } = aliasExpressions({
      filter: "#a0 = other",
      projection: "other, #a0.x",
      names,
    });
    expect(filterExpression).toBe("#a0 = #a1");
    expect(expressionAttributeNames).toEqual({ "#a0": "mine", "#a1": "other", "#a2": "x" });
  });

  it("takes the columns from the projection, in its order", () => {
    const { projectedAttributes, projectionExpression } = aliasExpressions({
      filter: undefined,
      projection: 'b.c, a[1], b.d, "x.y"',
      names: {},
    });
    expect(projectedAttributes).toEqual(["b", "a", "x.y"]);
    expect(projectionExpression).toBe("#a0.#a1, #a2[1], #a0.#a3, #a4");
  });

  it.each(["a = 'x'", "a = @b", "a ; b", "a = é"])("refuses %s with a hint", (filter) => {
    expect(() => resolved(filter)).toThrow(/--filter has ".", which no expression knows/);
  });

  it("refuses a name that is not given, and an empty expression", () => {
    expect(() => resolved("#x = :y")).toThrow("the name #x is used but not given");
    expect(() => resolved("  ")).toThrow("--filter is empty");
  });

  it("keeps any name that is quoted", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (name) => {
        const quoted = `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
        const { filterExpression, expressionAttributeNames } = aliasExpressions({
          filter: `${quoted} = :x`,
          projection: undefined,
          names: {},
        });
        expect(filterExpression).toBe("#a0 = :x");
        expect(expressionAttributeNames["#a0"]).toBe(name);
      }),
    );
  });
});

describe("parseExpressionValues", () => {
  it("takes plain JSON and DynamoDB JSON", () => {
    expect(
      parseExpressionValues('{":s":"x","n":1.5,":b":true,":z":null,":l":[1,{"a":"b"}],":t":{"NS":["1"]},":m":{"S":1}}'),
    ).toEqual({
      ":s": { S: "x" },
      ":n": { N: "1.5" },
      ":b": { BOOL: true },
      ":z": { NULL: true },
      ":l": { L: [{ N: "1" }, { M: { a: { S: "b" } } }] },
      ":t": { NS: ["1"] },
      ":m": { M: { S: { N: "1" } } },
    });
  });

  it.each(["x", "[]", "null", '"a"'])("refuses %s", (text) => {
    expect(() => parseExpressionValues(text)).toThrow(/--values is not a JSON object/);
  });

  it("refuses a number that JSON has already rounded", () => {
    expect(() => parseExpressionValues('{":n":12345678901234567890}')).toThrow(/more digits than JSON keeps/);
  });

  it("reads names", () => {
    expect(parseExpressionNames('{"s":"state","#t":"time"}')).toEqual({ "#s": "state", "#t": "time" });
    expect(() => parseExpressionNames('{"s":1}')).toThrow("--names gives s no attribute name");
  });
});

describe("joinFilters", () => {
  it("adds no redundant parentheses, which DynamoDB refuses", () => {
    const conditions = ["a = 1 or b = 2", "not (c = 3 and d in (4, 5))", "e is null"].map(parseCondition);
    const { text } = toFilter(conditions, { ":w0": {} });
    expect(text).toBe(
      "(a = :w1 OR b = :w2) AND NOT (c = :w3 AND d IN (:w4, :w5)) AND (attribute_not_exists(e) OR attribute_type(e, :w6))",
    );
    expect(joinFilters(["(x = :x or y = :y)", "a = :w0"])).toBe("(x = :x or y = :y) AND (a = :w0)");
    expect(joinFilters(["(x = :x) or (y = :y)", "a = :w0"])).toBe("((x = :x) or (y = :y)) AND (a = :w0)");
    expect(joinFilters(["x = :x"])).toBe("x = :x");
  });
});
