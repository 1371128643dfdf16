import { describe, expect, it } from "vitest";
import { formatKeyCondition, parseKeyCondition } from "../../../src/readers/dynamodb/key-condition.js";
import type { KeyTarget } from "../../../src/readers/dynamodb/key-condition.js";
import type { KeyAttribute } from "../../../src/readers/dynamodb/table.js";

const key = (name: string, role: KeyAttribute["role"], type: KeyAttribute["type"]) => ({ name, role, type });
const indexes = [{ name: "by-day", keys: [key("day", "partition", "S"), key("sk", "sort", "N")], isWhole: true }];
const table: KeyTarget = {
  subject: 'table "t"',
  keys: [key("pk", "partition", "S"), key("sk", "sort", "N")],
  indexes,
};
const blobs: KeyTarget = { ...table, keys: [key("pk", "partition", "N"), key("data", "sort", "B")] };
const single: KeyTarget = { ...table, keys: [key("pk", "partition", "S")] };
/** Global secondary indexes have up to four attributes in each part of the key. */
const composite: KeyTarget = {
  subject: 'index "i" of table "t"',
  keys: [
    key("country", "partition", "S"),
    key("city", "partition", "S"),
    key("year", "sort", "N"),
    key("name", "sort", "S"),
  ],
  indexes: [],
};
const unknown: KeyTarget = { subject: 'table "t"', keys: [], indexes: [] };
const none = { names: {}, values: {} };

function format(text: string, target: KeyTarget): string {
  const { text: expression, names, values } = formatKeyCondition(parseKeyCondition(text), target, none);
  return expression
    .replaceAll(/#\w+/g, (name) => names[name] ?? "")
    .replaceAll(/:\w+/g, (name) => JSON.stringify(values[name]));
}

describe("a key condition", () => {
  it.each([
    ["pk = 1", table, 'pk = {"S":"1"}'],
    ["sk < 1e3 and pk = true", table, 'sk < {"N":"1e3"} AND pk = {"S":"true"}'],
    ["pk = 'a b' and sk between -1 and '2'", table, 'pk = {"S":"a b"} AND sk BETWEEN {"N":"-1"} AND {"N":"2"}'],
    ["(pk = x) and (sk >= 1 and sk <= 2)", table, 'pk = {"S":"x"} AND sk BETWEEN {"N":"1"} AND {"N":"2"}'],
    ["pk like x", single, 'pk = {"S":"x"}'],
    ["pk = 5 and data begins_with AAEC", blobs, 'pk = {"N":"5"} AND begins_with(data, {"B":"AAEC"})'],
    ["pk = 5 and data like 'AA%'", unknown, 'pk = {"N":"5"} AND begins_with(data, {"S":"AA"})'],
    ["pk = '5' and sk > x", unknown, 'pk = {"S":"5"} AND sk > {"S":"x"}'],
    ["city = b and country = a", composite, 'city = {"S":"b"} AND country = {"S":"a"}'],
    [
      "country = a and city = b and year = 5 and name begins_with x",
      composite,
      'country = {"S":"a"} AND city = {"S":"b"} AND year = {"N":"5"} AND begins_with(name, {"S":"x"})',
    ],
  ])("%s is given as DynamoDB takes it", (text, target, expected) => {
    expect(format(text, target)).toBe(expected);
  });

  it("takes names and values that the filter leaves free", () => {
    const taken = { names: { "#k0": "state" }, values: { ":k0": 1, ":k1": 2 } };
    expect(formatKeyCondition(parseKeyCondition("pk = x"), table, taken)).toEqual({
      text: "#k1 = :k2",
      names: { "#k1": "pk" },
      values: { ":k2": { S: "x" } },
    });
  });

  const ofTable = 'the key of table "t" is pk (partition key, string) and sk (sort key, number)';
  it.each([
    ["pk = 1 or pk = 2", table, "character 1: a key takes no or"],
    ["pk = 1 and not sk = 2", table, "character 16: a key takes = < <= > >= between begins_with, joined with and"],
    ["pk = 1 and sk != 2", table, "character 12: a key takes = < <= > >= between begins_with, joined with and"],
    ["pk in (1, 2)", table, "character 1: a key takes = < <= > >= between begins_with, joined with and"],
    ["pk ~ 1", table, "character 1: a key takes"],
    ["pk = 1 and sk is null", table, "character 12: a key takes"],
    ["pk = 1 and sk like 'a%b'", table, "character 12: a key takes"],
    ["pk = 1 and sk like '%b'", table, "character 12: a key takes"],
    ["pk = 1 and pk = 2", table, "character 12: pk has a condition already"],
    ["pk = 1 and sk > 1 and sk < 5", table, "character 23: sk has a condition already"],
    ["pk = 1 and sk >= 1 and sk <= 5 and sk <= 7", table, "character 36: sk has a condition already"],
    ["pk => 1", table, 'character 4: expected an operator, found "=>"'],
    ["", table, "character 1: expected the name of an attribute of the key, found the end"],
    ["pk = 1 and state = open", table, `character 12: state is not part of the key; ${ofTable}`],
    ["PK = 1", table, `character 1: PK is not part of the key; ${ofTable}`],
    ["sk = 1", table, `character 7: the partition key pk is missing; ${ofTable}`],
    ["pk > 1", table, `character 1: the partition key pk takes = alone; ${ofTable}`],
    ["pk begins_with 1", table, `character 1: the partition key pk takes = alone; ${ofTable}`],
    ["pk = 1 and sk = ten", table, `character 12: sk is a number, found "ten"; ${ofTable}`],
    ["pk = 1 and sk between 1 and 1,5", table, 'character 30: expected and, or the end, found ","'],
    ["pk = 1 and sk begins_with 1", table, `character 12: sk is a number, found "1"; ${ofTable}`],
    ["pk = 1 and data = 'no base64!'", blobs, 'character 12: data is binary data as base64, found "no base64!"'],
    ["pk = x", blobs, 'character 1: pk is a number, found "x"'],
    ["pk = 1 and sk = 2", single, 'the key of table "t" is pk (partition key, string)'],
    ["country = a", composite, "character 12: the partition key city is missing"],
    ["country = a and city = b and name = x", composite, "character 30: name has an effect only after year = VALUE"],
    [
      "country = a and city = b and year > 5 and name = x",
      composite,
      "character 43: name has an effect only after year = VALUE",
    ],
  ])("%s is refused with the place", (text, target, expected) => {
    expect(() => format(text, target)).toThrow(expected);
    expect(() => format(text, target)).toThrow(`--key "${text}", character `);
  });

  it.each([
    ["day = x", 'index "by-day" has this key: add --index by-day'],
    ["day = x and sk > 5", 'index "by-day" has this key: add --index by-day'],
    ["day = x and pk = 5", "filter other attributes with --where"],
    ["sk begins_with 5 and pk = x", "numbers have no beginning: write sk between 100 and 199"],
  ])("%s is refused with the hint: %s", (text, hint) => {
    const refused = (() => {
      try {
        return format(text, table);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toHaveProperty("hints", expect.arrayContaining([hint]));
  });
});
