import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { isDecimal } from "./decimal.js";

/** A value as written: an unquoted number compares as a number, anything else as text. */
export interface Literal {
  readonly kind: "number" | "text";
  readonly text: string;
  readonly quoted: boolean;
}

export interface ColumnName {
  readonly name: string;
  readonly quoted: boolean;
  /** Index in the text of the condition. */
  readonly at: number;
}

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** A parsed condition. `between` and `begins_with` are comparisons and a pattern here. */
export type Condition =
  | { readonly kind: "compare"; readonly column: ColumnName; readonly operator: Comparison; readonly value: Literal }
  | { readonly kind: "contains"; readonly column: ColumnName; readonly part: string }
  | { readonly kind: "like"; readonly column: ColumnName; readonly pattern: string }
  | { readonly kind: "in"; readonly column: ColumnName; readonly values: readonly Literal[] }
  | { readonly kind: "null"; readonly column: ColumnName }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "and" | "or"; readonly conditions: readonly Condition[] };

interface Token {
  readonly kind: "word" | "quoted" | "operator" | "mark" | "end";
  readonly text: string;
  readonly at: number;
}

const pattern =
  /\s+|"(?<double>(?:[^"]|"")*)"|'(?<single>(?:[^']|'')*)'|(?<operator>[=<>!~]+)|(?<mark>[(),])|(?<word>[^\s"'=<>!~(),]+)|(?<odd>.)/gsu;
const operators: Readonly<Record<string, Comparison | "~" | "!~">> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "~": "~",
  "!~": "!~",
};
const keywords = new Set(["and", "or", "not", "in", "like", "is", "null"]);

/**
 * Parses a condition: comparisons (`=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `~` for "contains"), `in (…)`, `like`,
 * `between … and …`, `begins_with`, `is null`, joined with `and`, `or`, `not` and parentheses. Names and texts of more
 * than one word are quoted.
 *
 * @throws UsageError `ERR_ARGUMENT` with the position of the syntax error.
 */
export function parseCondition(text: string): Condition {
  return parseConditionOf({ ...whereLanguage, text });
}

/** As {@link parseCondition}, for another setting than `--where`. */
export function parseConditionOf(source: ConditionSource): Condition {
  const parser = new Parser(source);
  const condition = parser.either();
  parser.expectEnd();
  return condition;
}

/** Returns the names of all columns in a condition. */
export function columnsOf(condition: Condition): readonly string[] {
  if ("column" in condition) return [condition.column.name];
  return "condition" in condition ? columnsOf(condition.condition) : condition.conditions.flatMap(columnsOf);
}

/** The language of a setting, for error messages. */
export interface ConditionLanguage {
  /** The setting that has it. */
  readonly name: string;
  /** What it compares: "a column". */
  readonly subject: string;
  /** What joins two comparisons. */
  readonly joins: readonly ("and" | "or")[];
  /** How to write a condition. */
  readonly syntax: readonly Text[];
}

/** A condition as given. */
export interface ConditionSource extends ConditionLanguage {
  readonly text: string;
}

/** For all conditions. */
export const quotingHint =
  "quote a name or text of more than one word: \"order id\" = 'in transit'; write numbers without separators: 1000";

const whereLanguage: ConditionLanguage = {
  name: "where",
  subject: "a column",
  joins: ["and", "or"],
  syntax: [
    "write COLUMN OPERATOR VALUE with one of = != < <= > >= ~ in like between begins_with, or COLUMN is null; join with and, or, not, ( )",
    quotingHint,
  ],
};

function* tokensOf(source: ConditionSource): Generator<Token> {
  const { text } = source;
  for (const { 0: whole, index: at, groups = {} } of text.matchAll(pattern)) {
    const { double, single, operator, mark, word, odd } = groups;
    if (double !== undefined) yield { kind: "quoted", text: double.replaceAll('""', '"'), at };
    else if (single !== undefined) yield { kind: "quoted", text: single.replaceAll("''", "'"), at };
    else if (operator !== undefined) yield { kind: "operator", text: operator, at };
    else if (mark !== undefined) yield { kind: "mark", text: mark, at };
    else if (word !== undefined) yield { kind: "word", text: word, at };
    else if (odd !== undefined) throw refused(source, at, `the quote ${whole} is never closed`);
  }
  yield { kind: "end", text: "", at: text.length };
}

class Parser {
  readonly #source: ConditionSource;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: ConditionSource) {
    this.#source = source;
    this.#tokens = [...tokensOf(source)];
  }

  either(): Condition {
    return this.#joined("or", () => this.#joined("and", () => this.#negated()));
  }

  expectEnd(): void {
    if (this.#token.kind !== "end") throw this.#unexpected(`${this.#source.joins.join(", ")}, or the end`);
  }

  #joined(kind: "and" | "or", part: () => Condition): Condition {
    const first = part();
    const conditions = [first];
    while (this.#takeWord(kind)) conditions.push(part());
    return conditions.length === 1 ? first : { kind, conditions };
  }

  #negated(): Condition {
    if (this.#takeWord("not")) return { kind: "not", condition: this.#negated() };
    if (!this.#takeMark("(")) return this.#predicate();
    const condition = this.either();
    if (!this.#takeMark(")")) throw this.#unexpected('")"');
    return condition;
  }

  #predicate(): Condition {
    const isCall = this.#token.text.toLowerCase() === "begins_with" && this.#tokens[this.#next + 1]?.text === "(";
    if (isCall) return this.#call();
    const column = this.#column();
    if (this.#takeWord("is")) {
      const negated = this.#takeWord("not");
      if (!this.#takeWord("null")) throw this.#unexpected("null");
      return unless(negated, { kind: "null", column });
    }
    const negated = this.#takeWord("not");
    if (this.#takeWord("like")) return unless(negated, { kind: "like", column, pattern: this.#value().text });
    if (this.#takeWord("in")) return unless(negated, { kind: "in", column, values: this.#values() });
    if (this.#takeWord("between")) return unless(negated, this.#between(column));
    if (this.#takeWord("begins_with")) return unless(negated, beginning(column, this.#value()));
    if (negated || this.#token.kind !== "operator") {
      throw this.#unexpected(negated ? "like, in, between or begins_with" : "an operator");
    }
    const operator = operators[this.#token.text];
    if (operator === undefined) throw this.#unexpected("an operator");
    this.#next++;
    const value = this.#value();
    if (operator === "~" || operator === "!~") {
      return unless(operator === "!~", { kind: "contains", column, part: value.text });
    }
    return { kind: "compare", column, operator, value };
  }

  /** DynamoDB writes it as a function. */
  #call(): Condition {
    this.#next += 2;
    const column = this.#column();
    if (!this.#takeMark(",")) throw this.#unexpected('","');
    const condition = beginning(column, this.#value());
    if (!this.#takeMark(")")) throw this.#unexpected('")"');
    return condition;
  }

  #column(): ColumnName {
    const { kind, text: name, at } = this.#token;
    if (kind !== "quoted" && (kind !== "word" || keywords.has(name.toLowerCase()))) {
      throw this.#unexpected(`the name of ${this.#source.subject}`);
    }
    this.#next++;
    return { name, quoted: kind === "quoted", at };
  }

  #between(column: ColumnName): Condition {
    const least = this.#value();
    if (!this.#takeWord("and")) throw this.#unexpected("and");
    const conditions = [
      { kind: "compare", column, operator: ">=", value: least },
      { kind: "compare", column, operator: "<=", value: this.#value() },
    ] as const;
    return { kind: "and", conditions };
  }

  #values(): readonly Literal[] {
    if (!this.#takeMark("(")) throw this.#unexpected('"("');
    const values = [this.#value()];
    while (this.#takeMark(",")) values.push(this.#value());
    if (!this.#takeMark(")")) throw this.#unexpected('"," or ")"');
    return values;
  }

  #value(): Literal {
    const { kind, text } = this.#token;
    const quoted = kind === "quoted";
    if (!quoted && (kind !== "word" || keywords.has(text.toLowerCase()))) throw this.#unexpected("a value");
    this.#next++;
    return { kind: !quoted && isDecimal(text) ? "number" : "text", text, quoted };
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #takeWord(word: string): boolean {
    const found = this.#token.kind === "word" && this.#token.text.toLowerCase() === word;
    if (found) this.#next++;
    return found;
  }

  #takeMark(mark: string): boolean {
    const found = this.#token.kind === "mark" && this.#token.text === mark;
    if (found) this.#next++;
    return found;
  }

  #unexpected(expected: string): UsageError {
    const { kind, text, at } = this.#token;
    return refused(this.#source, at, `expected ${expected}, found ${kind === "end" ? "the end" : `"${text}"`}`);
  }
}

function unless(negated: boolean, condition: Condition): Condition {
  return negated ? { kind: "not", condition } : condition;
}

function beginning(column: ColumnName, { text }: Literal): Condition {
  return { kind: "like", column, pattern: `${text.replaceAll(/[\\%_]/g, "\\$&")}%` };
}

function refused(source: ConditionSource, at: number, problem: Text): UsageError {
  return conditionError(source, at, problem, source.syntax);
}

/** An error that shows its place in the condition. */
export function conditionError(
  { name, text }: Pick<ConditionSource, "name" | "text">,
  at: number,
  problem: Text,
  hints: readonly Text[],
): UsageError {
  return new UsageError("ERR_ARGUMENT", message`${setting(name)} "${text}", character ${at + 1}: ${problem}`, {
    hints,
  });
}
