import type { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { conditionError, parseConditionOf, quotingHint } from "../select/condition.js";
import type { ColumnName, Condition, ConditionLanguage, ConditionSource, Literal } from "../select/condition.js";
import { isDecimal } from "../select/decimal.js";
import { plainLike } from "../select/like.js";
import type { AttributeValue } from "./attribute-value.js";
import type { IndexDescription, KeyAttribute, KeyType } from "./table.js";

/** What one attribute of a key has to be. */
export interface KeyTest {
  readonly column: ColumnName;
  readonly operator: "=" | "<" | "<=" | ">" | ">=" | "BETWEEN" | "begins_with";
  /** Two for BETWEEN. */
  readonly values: readonly Literal[];
}

/** A parsed `--key` condition. */
export interface KeyCondition extends ConditionSource {
  readonly tests: readonly KeyTest[];
}

/** A key condition as DynamoDB accepts it. */
export interface KeyExpression {
  readonly text: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

const keyLanguage: ConditionLanguage = {
  name: "key",
  subject: "an attribute of the key",
  joins: ["and"],
  syntax: [
    "write PARTITION_KEY = VALUE, and for a sort key: and SORT_KEY OPERATOR VALUE with one of = < <= > >= between begins_with",
    quotingHint,
  ],
};

/**
 * Parses a condition on the key, in the language of `--where` as far as Query knows it.
 *
 * @throws UsageError `ERR_ARGUMENT` with the place of what it does not know.
 */
export function parseKeyCondition(text: string): KeyCondition {
  const source = { ...keyLanguage, text };
  const byName = new Map<string, KeyTest>();
  for (const test of testsIn(parseConditionOf(source), source)) {
    const earlier = byName.get(test.column.name);
    const both = earlier === undefined ? test : bothTests(earlier, test);
    if (both === undefined) {
      throw conditionError(source, test.column.at, `${test.column.name} has a condition already`, [
        `write one condition for each attribute of the key, such as ${test.column.name} between 1 and 5`,
      ]);
    }
    byName.set(test.column.name, both);
  }
  return { ...source, tests: [...byName.values()] };
}

function testsIn(condition: Condition, source: ConditionSource): readonly KeyTest[] {
  if (condition.kind === "and") return condition.conditions.flatMap((each) => testsIn(each, source));
  if (condition.kind === "compare" && condition.operator !== "!=") {
    const { column, operator, value } = condition;
    return [{ column, operator, values: [value] }];
  }
  if (condition.kind === "like") {
    const { column, pattern } = condition;
    const plain = plainLike(pattern);
    if (plain?.openStart === false) {
      const value = { kind: "text", text: plain.text, quoted: true } as const;
      return [{ column, operator: plain.openEnd ? "begins_with" : "=", values: [value] }];
    }
  }
  throw conditionError(
    source,
    placeOf(condition),
    condition.kind === "or" ? "a key takes no or" : "a key takes = < <= > >= between begins_with, joined with and",
    [message`run once for each key, or filter with ${setting("where")}, which reads more than it returns`],
  );
}

function placeOf(condition: Condition): number {
  if ("column" in condition) return condition.column.at;
  const [first] = "condition" in condition ? [condition.condition] : condition.conditions;
  return first === undefined ? 0 : placeOf(first);
}

function bothTests(one: KeyTest, other: KeyTest): KeyTest | undefined {
  const [least, most] = one.operator === ">=" ? [one, other] : [other, one];
  if (least.operator !== ">=" || most.operator !== "<=") return undefined;
  return { column: one.column, operator: "BETWEEN", values: [...least.values, ...most.values] };
}

/** The table or index to query. */
export interface KeyTarget {
  /** `table "orders"` */
  readonly subject: string;
  /** None if DynamoDB does not tell; then types are those of the values as written. */
  readonly keys: readonly KeyAttribute[];
  readonly indexes: readonly IndexDescription[];
}

interface Taken {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Checks a condition against the key schema and formats it.
 *
 * @param taken Names and values that other expressions use.
 * @throws UsageError `ERR_ARGUMENT` with the place in the condition and the key schema.
 */
export function formatKeyCondition(condition: KeyCondition, target: KeyTarget, taken: Taken): KeyExpression {
  if (target.keys.length > 0) requireKeys(condition, target);
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const texts = condition.tests.map((test) => {
    const name = freeName("#k", { ...taken.names, ...names });
    names[name] = test.column.name;
    const key = target.keys.find((each) => each.name === test.column.name);
    const held = test.values.map((literal) => {
      const value = toKeyValue(literal, test, key);
      if (value === undefined) throw typeError(condition, test, literal, key, target);
      const given = freeName(":k", { ...taken.values, ...values });
      values[given] = value;
      return given;
    });
    if (test.operator === "begins_with") return `begins_with(${name}, ${held.join("")})`;
    return `${name} ${test.operator} ${held.join(" AND ")}`;
  });
  return { text: texts.join(" AND "), names, values };
}

function freeName(start: string, taken: Readonly<Record<string, unknown>>): string {
  let number = 0;
  while (Object.hasOwn(taken, `${start}${number}`)) number++;
  return `${start}${number}`;
}

function requireKeys(condition: KeyCondition, target: KeyTarget): void {
  const { tests } = condition;
  const { subject, keys } = target;
  const refuse = (at: number, problem: Text, hints: readonly Text[]): UsageError =>
    conditionError(condition, at, message`${problem}; the key of ${subject} is ${describeKeys(keys)}`, hints);
  const stranger = tests.find(({ column }) => !keys.some(({ name }) => name === column.name));
  if (stranger !== undefined) {
    const { name, at } = stranger.column;
    throw refuse(at, `${name} is not part of the key`, [hintForStranger(tests, target)]);
  }
  // The first attribute of the sort key that is not fixed to one value. Those after it cannot be used.
  let open: string | undefined;
  for (const { name, role } of keys) {
    const test = tests.find(({ column }) => column.name === name);
    if (role === "partition") {
      if (test === undefined) {
        throw refuse(condition.text.length, `the partition key ${name} is missing`, [
          `add ${name} = VALUE`,
          message`filter with ${setting("where")} to search all partitions`,
        ]);
      }
      if (test.operator !== "=") {
        throw refuse(test.column.at, `the partition key ${name} takes = alone`, [
          message`filter with ${setting("where")} to search all partitions`,
        ]);
      }
    } else if (test !== undefined && open !== undefined) {
      throw refuse(test.column.at, `${name} has an effect only after ${open} = VALUE`, [`add ${open} = VALUE`]);
    } else if (test?.operator !== "=") {
      open ??= name;
    }
  }
}

function hintForStranger(tests: readonly KeyTest[], { indexes }: KeyTarget): Text {
  const suited = indexes.find(({ keys }) =>
    keys.every(({ name, role }) => role === "sort" || tests.some(({ column }) => column.name === name)),
  );
  const whole =
    suited !== undefined && tests.every(({ column }) => suited.keys.some(({ name }) => name === column.name));
  if (suited !== undefined && whole)
    return message`index "${suited.name}" has this key: add ${setting("index", suited.name)}`;
  return message`filter other attributes with ${setting("where")}`;
}

const typeWords: Readonly<Record<KeyType, string>> = { S: "string", N: "number", B: "binary" };

/** `pk (partition key, string) and sk (sort key, number)` */
export function describeKeys(keys: readonly KeyAttribute[]): string {
  return keys.map(({ name, role, type }) => `${name} (${role} key, ${typeWords[type]})`).join(" and ");
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @returns undefined if the key has another type. */
function toKeyValue(
  { kind, text }: Literal,
  { operator }: KeyTest,
  key: KeyAttribute | undefined,
): AttributeValue | undefined {
  const type = key?.type ?? (kind === "number" ? "N" : "S");
  if (type === "N" && (!isDecimal(text) || operator === "begins_with")) return undefined;
  if (type === "B" && (text === "" || !base64.test(text))) return undefined;
  return { [type]: text };
}

function typeError(
  condition: KeyCondition,
  { column, operator }: KeyTest,
  { text }: Literal,
  key: KeyAttribute | undefined,
  { subject, keys }: KeyTarget,
): UsageError {
  const expected = key?.type === "N" ? "a number" : "binary data as base64";
  const problem = `${column.name} is ${expected}, found "${text}"; the key of ${subject} is ${describeKeys(keys)}`;
  return conditionError(condition, column.at, problem, [
    operator === "begins_with" && key?.type === "N"
      ? `numbers have no beginning: write ${column.name} between 100 and 199`
      : `write ${column.name} ${operator.toLowerCase()} ${key?.type === "N" ? "100" : "'AAEC'"}`,
  ]);
}
