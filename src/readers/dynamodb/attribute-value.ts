import { UsageError } from "../../errors.js";
import { message, perSurface, setting } from "../../message.js";
import type { Message } from "../../message.js";

/** One value in DynamoDB JSON. */
export type AttributeValue = Readonly<Record<string, unknown>>;

const tags = new Set(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]);

/**
 * Parses `--values`: a JSON object of names and values, each in plain JSON (`5`, `"x"`, `[1]`) or DynamoDB JSON
 * (`{"N":"5"}`, `{"SS":["x"]}`). The leading colon of a name is optional.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseExpressionValues(text: string): Readonly<Record<string, AttributeValue>> {
  return toExpressionValues(parseJsonObject(text, "values", `'{":minimum": 5, ":state": "open"}'`));
}

/**
 * Converts values that are already JavaScript values. Besides JSON's types, a bigint becomes a number, bytes become
 * binary and a `Set` of one type becomes a set.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function toExpressionValues(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, AttributeValue>> {
  const entries = Object.entries(values).map(
    ([name, value]) => [name.startsWith(":") ? name : `:${name}`, toAttributeValue(value, name)] as const,
  );
  return Object.fromEntries(entries);
}

/** @throws UsageError `ERR_ARGUMENT` */
export function parseExpressionNames(text: string): Readonly<Record<string, string>> {
  return toExpressionNames(parseJsonObject(text, "names", `'{"#s": "state"}'`));
}

/** @throws UsageError `ERR_ARGUMENT` */
export function toExpressionNames(names: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(names).map(([name, value]) => {
      if (typeof value === "string") return [name.startsWith("#") ? name : `#${name}`, value];
      throw new UsageError("ERR_ARGUMENT", message`${setting("names")} gives ${name} no attribute name`, {
        hints: [message`write ${hintOfName(name)}`],
      });
    }),
  );
}

/** Shows how to define a `#` name. */
export function hintOfName(name: string): Message {
  return perSurface({ commandLine: `--names '{"${name}":"NAME"}'`, library: `names: { "${name}": "NAME" }` });
}

function parseJsonObject(text: string, name: string, example: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError("ERR_ARGUMENT", message`${setting(name)} is not a JSON object: "${text.slice(0, 80)}"`, {
      hints: [message`write ${setting(name)} ${example}, in single quotes on a shell`],
    });
  }
  return value as Readonly<Record<string, unknown>>;
}

function toAttributeValue(value: unknown, name: string): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "boolean":
      return { BOOL: value };
    case "number":
      return { N: exactNumber(value, name) };
    case "bigint":
      return { N: String(value) };
    case "object":
      return value === null ? { NULL: true } : toStructuredValue(value, name);
    default:
      throw unusableValue(name, `is of type ${typeof value}`);
  }
}

function toStructuredValue(value: object, name: string): AttributeValue {
  if (Array.isArray(value)) return { L: value.map((element) => toAttributeValue(element, name)) };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString("base64") };
  if (value instanceof Set) return toSetValue(value, name);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && isTyped(first[0], first[1])) return value as AttributeValue;
  return { M: Object.fromEntries(entries.map(([key, member]) => [key, toAttributeValue(member, name)])) };
}

function toSetValue(values: ReadonlySet<unknown>, name: string): AttributeValue {
  const members = [...values].map((member) => toAttributeValue(member, name));
  const tag = Object.keys(members[0] ?? {})[0] ?? "";
  if (!["S", "N", "B"].includes(tag) || members.some((member) => !Object.hasOwn(member, tag))) {
    throw unusableValue(name, "is a set that is empty or not all of strings, numbers or bytes");
  }
  return { [`${tag}S`]: members.map((member) => member[tag]) };
}

function unusableValue(name: string, fault: string): UsageError {
  return new UsageError("ERR_ARGUMENT", message`the value of ${name} in ${setting("values")} ${fault}`, {
    hints: ["give a string, number, bigint, boolean, null, bytes, or an array, set or object of them"],
  });
}

/** Refuses integers with more digits than `JSON.parse` keeps. */
function exactNumber(value: number, name: string): string {
  if (!Number.isFinite(value)) throw unusableValue(name, `is ${value}, which DynamoDB cannot hold`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`the number of ${name} in ${setting("values")} has more digits than JSON keeps`,
      {
        hints: [`write it as DynamoDB JSON: {"${name}": {"N": "…"}}`],
      },
    );
  }
  return String(value);
}

function isTyped(tag: string, content: unknown): boolean {
  if (!tags.has(tag)) return false;
  if (tag === "BOOL" || tag === "NULL") return typeof content === "boolean";
  if (tag === "M") return typeof content === "object" && content !== null && !Array.isArray(content);
  return tag.length === 2 || tag === "L" ? Array.isArray(content) : typeof content === "string";
}
