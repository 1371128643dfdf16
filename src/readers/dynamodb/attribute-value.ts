import { UsageError } from "../../errors.js";

/** One value in DynamoDB JSON. */
export type AttributeValue = Readonly<Record<string, unknown>>;

const tags = new Set(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]);

/**
 * Reads `--values`: a JSON object from names to values, each plain JSON (`5`, `"x"`, `[1]`) or DynamoDB JSON
 * (`{"N":"5"}`, `{"SS":["x"]}`). The leading colon of a name may be left out.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseExpressionValues(text: string): Readonly<Record<string, AttributeValue>> {
  const parsed = parseJsonObject(text, "--values", `'{":minimum": 5, ":state": "open"}'`);
  const entries = Object.entries(parsed).map(
    ([name, value]) => [name.startsWith(":") ? name : `:${name}`, toAttributeValue(value, name)] as const,
  );
  return Object.fromEntries(entries);
}

/** @throws UsageError `ERR_ARGUMENT` */
export function parseExpressionNames(text: string): Readonly<Record<string, string>> {
  const entries = Object.entries(parseJsonObject(text, "--names", `'{"#s": "state"}'`));
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value === "string") return [name.startsWith("#") ? name : `#${name}`, value];
      throw new UsageError("ERR_ARGUMENT", `--names gives ${name} no attribute name`, {
        hints: [`write --names '{"${name}":"NAME"}'`],
      });
    }),
  );
}

function parseJsonObject(text: string, flag: string, example: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError("ERR_ARGUMENT", `${flag} is no JSON object: "${text.slice(0, 80)}"`, {
      hints: [`write ${flag} ${example}, in single quotes on a shell`],
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
    default:
      break;
  }
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map((element) => toAttributeValue(element, name)) };
  const entries = Object.entries(value as Record<string, unknown>);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && isTyped(first[0], first[1])) return value as AttributeValue;
  return { M: Object.fromEntries(entries.map(([key, member]) => [key, toAttributeValue(member, name)])) };
}

/** JSON's own reader has already rounded a longer number. */
function exactNumber(value: number, name: string): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new UsageError("ERR_ARGUMENT", `the number of ${name} in --values has more digits than JSON keeps`, {
      hints: [`write it as DynamoDB JSON: {"${name}": {"N": "…"}}`],
    });
  }
  return String(value);
}

function isTyped(tag: string, content: unknown): boolean {
  if (!tags.has(tag)) return false;
  if (tag === "BOOL" || tag === "NULL") return typeof content === "boolean";
  if (tag === "M") return typeof content === "object" && content !== null && !Array.isArray(content);
  return tag.length === 2 || tag === "L" ? Array.isArray(content) : typeof content === "string";
}
