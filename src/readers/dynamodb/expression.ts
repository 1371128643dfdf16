import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { hintOfName } from "./attribute-value.js";

/** Expressions as DynamoDB accepts them, with every attribute name replaced by a `#` alias. */
export interface AliasedExpressions {
  readonly filterExpression: string | undefined;
  readonly projectionExpression: string | undefined;
  readonly expressionAttributeNames: Readonly<Record<string, string>>;
  /** Top-level attributes of the projection, in its order. */
  readonly projectedAttributes: readonly string[];
  /** The first two attributes that the filter compares with each other; the second may have been meant as text. */
  readonly comparedAttributes: readonly [string, string] | undefined;
}

export interface ExpressionTexts {
  readonly filter: string | undefined;
  readonly projection: string | undefined;
  /** `#` names defined by the user. */
  readonly names: Readonly<Record<string, string>>;
}

const token =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|[#:][A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_-]*|[0-9]+|<=|>=|<>|[=<>(),.[\]]|./gsu;
const functions = new Set([
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "begins_with",
  "contains",
  "size",
]);
const keywords = new Set(["AND", "OR", "NOT", "IN", "BETWEEN"]);

/**
 * Replaces every attribute name with an alias, so that reserved words and special characters do not matter. A name that
 * contains a dot, a space or another character of the grammar is written in double quotes or backquotes.
 *
 * @throws UsageError `ERR_ARGUMENT`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function aliasExpressions({ filter, projection, names }: ExpressionTexts): AliasedExpressions {
  const aliases = new Map<string, string>();
  const used: Record<string, string> = {};
  const alias = (name: string): string => {
    const known = aliases.get(name);
    if (known !== undefined) return known;
    let number = aliases.size;
    while (Object.hasOwn(names, `#a${number}`) || Object.hasOwn(used, `#a${number}`)) number++;
    const created = `#a${number}`;
    aliases.set(name, created);
    used[created] = name;
    return created;
  };
  const keep = (given: string): string => {
    const name = Object.hasOwn(names, given) ? names[given] : undefined;
    if (name === undefined) {
      throw new UsageError("ERR_ARGUMENT", `the name ${given} is used but not given`, {
        hints: [message`write the attribute's own name in its place, or add ${hintOfName(given)}`],
      });
    }
    used[given] = name;
    return given;
  };
  const projected = projection === undefined ? [] : parseTokens("projection", projection);
  const filtered = filter === undefined ? [] : parseTokens("filter", filter);
  return {
    comparedAttributes: findCompared(filtered),
    filterExpression: filter === undefined ? undefined : rewrite(filtered, alias, keep),
    projectionExpression: projection === undefined ? undefined : rewrite(projected, alias, keep),
    projectedAttributes: topLevelNames(projected, names),
    expressionAttributeNames: used,
  };
}

type ExpressionName = "filter" | "projection";

interface Token {
  readonly kind: "space" | "name" | "alias" | "value" | "word" | "mark";
  readonly text: string;
}

function parseTokens(name: ExpressionName, text: string): Token[] {
  const found = text.match(token) ?? [];
  const significant = found.filter((part) => !/^\s+$/.test(part));
  if (significant.length === 0) {
    throw new UsageError("ERR_ARGUMENT", message`${setting(name)} is empty`, {
      hints: [message`leave ${setting(name)} out, or write an expression`],
    });
  }
  let index = -1;
  return found.map((part) => {
    if (/^\s+$/.test(part)) return { kind: "space", text: " " };
    index++;
    return { kind: kindOf(name, part, significant[index - 1], significant[index + 1]), text: unquote(part) };
  });
}

function kindOf(
  name: ExpressionName,
  part: string,
  before: string | undefined,
  after: string | undefined,
): Token["kind"] {
  const first = part[0] ?? "";
  if (first === "#") return "alias";
  if (first === ":") return "value";
  if (/^["`]/.test(part) && part.length > 1) return "name";
  if (/^[A-Za-z_]/.test(part)) {
    if (before === ".") return "name";
    const isWord = name === "filter" && ((functions.has(part) && after === "(") || isKeyword(part, before, after));
    return isWord ? "word" : "name";
  }
  if (/^([0-9]+|<=|>=|<>|[=<>(),.[\]])$/.test(part)) return "mark";
  throw new UsageError("ERR_ARGUMENT", message`${setting(name)} has "${part}", which no expression knows`, {
    hints: [
      'put an attribute name with odd characters into double quotes: "my attribute"',
      message`values stand in ${setting("values")}`,
    ],
  });
}

/** `and` between two operands is an operator. Where only a name is possible, it can still be an attribute's name. */
function isKeyword(part: string, before: string | undefined, after: string | undefined): boolean {
  if (!keywords.has(part.toUpperCase())) return false;
  const comparing = /^(=|<>|<|<=|>|>=|,)$/;
  if (after !== undefined && comparing.test(after)) return false;
  return !(before !== undefined && comparing.test(before));
}

function unquote(part: string): string {
  if (part.startsWith("`") && part.length > 1) return part.slice(1, -1);
  return part.startsWith('"') && part.length > 1 ? part.slice(1, -1).replaceAll(/\\(.)/gsu, "$1") : part;
}

function rewrite(tokens: readonly Token[], alias: (name: string) => string, keep: (given: string) => string): string {
  return tokens
    .map(({ kind, text }) => (kind === "name" ? alias(text) : kind === "alias" ? keep(text) : text))
    .join("")
    .trim();
}

function topLevelNames(tokens: readonly Token[], names: Readonly<Record<string, string>>): string[] {
  const significant = tokens.filter(({ kind }) => kind !== "space");
  const tops = significant.filter((_, index) => index === 0 || significant[index - 1]?.text === ",");
  return [...new Set(tops.map(({ kind, text }) => (kind === "alias" ? (names[text] ?? text) : text)))];
}

function findCompared(tokens: readonly Token[]): readonly [string, string] | undefined {
  const significant = tokens.filter(({ kind }) => kind !== "space");
  for (const [index, { text }] of significant.entries()) {
    const [before, after] = [significant[index - 1], significant[index + 1]];
    const comparing = before?.kind === "name" && after?.kind === "name" && /^(?:=|<>|<|<=|>|>=)$/.test(text);
    if (comparing) return [before.text, after.text];
  }
  return undefined;
}
