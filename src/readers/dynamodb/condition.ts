import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { ColumnName, Condition, Literal } from "../select/condition.js";
import { plainLike } from "../select/like.js";
import type { AttributeValue } from "./attribute-value.js";

/** A filter expression as DynamoDB accepts it, with names in the syntax of {@link aliasExpressions}. */
export interface Filter {
  readonly text: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

const path = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[\d+\])*$/;

/**
 * Converts conditions, joined by AND, into one filter expression.
 *
 * @param taken Value names that are already in use.
 * @throws UsageError `ERR_ARGUMENT` for what DynamoDB cannot evaluate.
 */
export function toFilter(conditions: readonly Condition[], taken: Readonly<Record<string, unknown>>): Filter {
  const values: Record<string, AttributeValue> = {};
  const keep = (value: AttributeValue): string => {
    let number = Object.keys(values).length;
    while (Object.hasOwn(taken, `:w${number}`) || Object.hasOwn(values, `:w${number}`)) number++;
    values[`:w${number}`] = value;
    return `:w${number}`;
  };
  return { text: conditions.map((condition) => operand(condition, keep)).join(" AND "), values };
}

/** Adds parentheses only where needed: DynamoDB rejects redundant ones. */
function operand(condition: Condition, keep: (value: AttributeValue) => string): string {
  const text = format(condition, keep);
  return ["and", "or", "null"].includes(condition.kind) ? `(${text})` : text;
}

/** Joins expressions with AND. */
export function joinFilters(filters: readonly string[]): string | undefined {
  if (filters.length < 2) return filters[0];
  return filters.map((each) => (isWrapped(each) ? each : `(${each})`)).join(" AND ");
}

/** Tells whether the first parenthesis is closed by the last. */
function isWrapped(text: string): boolean {
  const marks = text.trim().replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/gsu, "x");
  if (!marks.startsWith("(")) return false;
  let depth = 0;
  for (const [index, mark] of Array.from(marks).entries()) {
    if (mark === "(") depth++;
    else if (mark === ")" && --depth === 0) return index === marks.length - 1;
  }
  return false;
}

function format(condition: Condition, keep: (value: AttributeValue) => string): string {
  switch (condition.kind) {
    case "and":
    case "or":
      return condition.conditions.map((each) => operand(each, keep)).join(` ${condition.kind.toUpperCase()} `);
    case "not":
      return `NOT (${format(condition.condition, keep)})`;
    case "null": {
      const name = nameOf(condition.column);
      return `attribute_not_exists(${name}) OR attribute_type(${name}, ${keep({ S: "NULL" })})`;
    }
    case "compare": {
      const operator = condition.operator === "!=" ? "<>" : condition.operator;
      return `${nameOf(condition.column)} ${operator} ${keep(toValue(condition.value))}`;
    }
    case "contains":
      return `contains(${nameOf(condition.column)}, ${keep({ S: condition.part })})`;
    case "in":
      return `${nameOf(condition.column)} IN (${condition.values.map((value) => keep(toValue(value))).join(", ")})`;
    case "like":
      return formatLike(condition.column, condition.pattern, keep);
  }
}

function formatLike(column: ColumnName, pattern: string, keep: (value: AttributeValue) => string): string {
  const plain = plainLike(pattern);
  if (plain === undefined || (plain.openStart && !plain.openEnd)) {
    throw new UsageError("ERR_ARGUMENT", message`${setting("where")}: DynamoDB cannot evaluate like '${pattern}'`, {
      hints: ["it can evaluate 'TEXT%' and '%TEXT%': filter the rest in what reads the output"],
    });
  }
  const name = nameOf(column);
  const value = keep({ S: plain.text });
  if (!plain.openEnd) return `${name} = ${value}`;
  return plain.openStart ? `contains(${name}, ${value})` : `begins_with(${name}, ${value})`;
}

/** Returns a path such as `address.city` if it is not quoted, else a single quoted name. */
function nameOf({ name, quoted }: ColumnName): string {
  return !quoted && path.test(name) ? name : `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
}

function toValue({ kind, text, quoted }: Literal): AttributeValue {
  if (kind === "number") return { N: text };
  return !quoted && /^(?:true|false)$/i.test(text) ? { BOOL: text.toLowerCase() === "true" } : { S: text };
}
