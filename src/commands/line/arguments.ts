import { holdsKeyText, isInline, quoteValue, refuseInline } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import { grammars } from "../../settings/values.js";
import type { Grammar } from "../../settings/values.js";

export type OptionKind = "string" | "boolean" | "integer" | "list";

/** One flag as data. The parser, help, shell completion, the manual page and settings read it. */
export interface OptionSpec {
  readonly kind: OptionKind;
  readonly describe: string;
  /** Name of the value in help: `PATH`, `ARN`, `SECONDS`. Completion offers files, folders or profiles for it. */
  readonly placeholder?: string;
  /** The documented default. Settings apply it; parsed arguments hold only what was given. */
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  readonly group?: string;
  /** The value is data and is never quoted, so it may be a key or certificate. */
  readonly payload?: boolean;
  /** One-letter alias, only for `request`. */
  readonly short?: string;
  /** Not shown in help. */
  readonly hidden?: boolean;
  /** Another name, if the command has no flag of that name. */
  readonly alias?: string;
  /** The former name. The error for it suggests the new one. */
  readonly formerly?: string;
  /** The replacement for a refused flag of another tool. */
  readonly instead?: string;
}

/** An unknown flag. `mend-line.ts` adds a suggestion. */
export class UnknownFlagError extends UsageError {
  readonly flag: string;

  constructor(flag: string, hint = "see --help for the flags of this command") {
    super("ERR_UNKNOWN_OPTION", `unknown flag: ${isInline(flag) ? "(not shown)" : flag}`, { hints: [hint] });
    this.flag = flag;
  }
}

/** A value that is not allowed. */
export class UnknownChoiceError extends UsageError {
  readonly flag: string;
  readonly text: string;
  readonly choices: readonly string[];

  constructor(flag: string, text: string, choices: readonly string[], hint = "see --help") {
    const expected = `expected one of ${choices.join(", ")}`;
    super("ERR_ARGUMENT", `invalid argument ${quoteValue(text)} for ${flag}: ${expected}`, { hints: [hint] });
    this.flag = flag;
    this.text = text;
    this.choices = choices;
  }
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

interface ValueOf<Choice extends string> {
  string: Choice;
  boolean: boolean;
  integer: number;
  list: readonly Choice[];
}

type ChoiceOf<Spec extends OptionSpec> = Spec extends { readonly choices: readonly (infer Choice extends string)[] }
  ? Choice
  : string;

/** Only flags that were given are present. */
export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]?: ValueOf<ChoiceOf<Options[Name]>>[Options[Name]["kind"]];
};

export interface Arguments<Options extends OptionTable> {
  readonly options: OptionValues<Options>;
  readonly positionals: readonly string[];
  /** Words after `--`. */
  readonly rest: readonly string[];
  /** Flags in the order in which they were given, each value of a list on its own. */
  readonly given: readonly GivenFlag[];
}

export interface GivenFlag {
  readonly name: string;
  readonly value: Value;
}

type Value = string | boolean | number | readonly string[];

/**
 * Parses a command line as the official helper does: `--f v`, `--f=v`, booleans as `--f` or `--f=true`, integers in any
 * base. The last of a repeated flag wins; a list collects all of them. `--` ends the flags. Flags may follow positionals.
 *
 * @param stopAtPositional If true, the first positional and all words after it belong to another program.
 * @throws UsageError `ERR_UNKNOWN_OPTION`, `ERR_ARGUMENT`
 */
export function parseArguments<Options extends OptionTable>(
  argv: readonly string[],
  table: Options,
  stopAtPositional = false,
): Arguments<Options> {
  const options: Record<string, Value> = {};
  const positionals: string[] = [];
  const given: GivenFlag[] = [];
  let rest: readonly string[] = [];
  const words = [...argv];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === "--") {
      rest = words.slice(index + 1);
      break;
    }
    if (word === "-" || !word.startsWith("-")) {
      if (stopAtPositional) {
        if (typographicDash.test(word)) throw new UnknownFlagError(word);
        rest = words.slice(index);
        break;
      }
      positionals.push(word);
      continue;
    }
    const { name, attached, flag, following } = splitFlag(word, table);
    if (following !== undefined) words.splice(index + 1, 0, following);
    const spec = table[name] as OptionSpec;
    if (spec.instead !== undefined) throw refusedOption(flag, spec.instead);
    let text = attached;
    if (text === undefined && spec.kind !== "boolean") {
      index++;
      text = words[index];
      if (text === undefined || isOwnFlag(text, table)) throw missingValue(flag, spec, text);
    }
    if (text !== undefined && spec.payload !== true && holdsKeyText(text))
      throw refuseInline({ kind: "flag", setting: name });
    options[name] = convert(flag, spec, text, options[name]);
    given.push({ name, value: spec.kind === "list" ? (text as string) : options[name] });
  }
  return { options: options as OptionValues<Options>, positionals, rest, given };
}

/** A dash at the start of a word, which web pages and word processors put in place of a hyphen. */
const typographicDash = /^[\u2010-\u2015\u2212\uFF0D]/;

/** Whether a word is a flag of the command or the `--` that ends them, so that the value before it is missing. */
function isOwnFlag(word: string, table: OptionTable): boolean {
  return word === "--" || (word.startsWith("--") && findName(word.slice(2).replace(/=.*/s, ""), table) !== undefined);
}

function missingValue(flag: string, { placeholder = "VALUE" }: OptionSpec, next: string | undefined): UsageError {
  const [word] = next?.split("=", 1) ?? [];
  const [found, other] =
    word === undefined ? ["", ""] : [`, found ${word}`, `, or ${flag}=${word} if that is the value`];
  return new UsageError("ERR_ARGUMENT", `flag needs an argument: ${flag}${found}`, {
    hints: [`write ${flag} ${placeholder}${other}`],
  });
}

/** Returns the words before `--`. Those after it belong to another program. */
export function ownWords(words: readonly string[]): readonly string[] {
  return words.slice(0, words.includes("--") ? words.indexOf("--") : words.length);
}

interface SplitFlag {
  readonly name: string;
  readonly attached: string | undefined;
  readonly flag: string;
  /** The remaining one-letter flags, such as `-L` of `-sL`. */
  readonly following?: string;
}

/** @throws UnknownFlagError */
export function splitFlag(word: string, table: OptionTable): SplitFlag {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const written = equals === -1 ? word.slice(2) : word.slice(2, equals);
    const name = findName(written, table);
    if (name === undefined) throw new UnknownFlagError(`--${written.split(":", 1)[0]}`);
    return { name, attached: equals === -1 ? undefined : word.slice(equals + 1), flag: `--${written}` };
  }
  const letter = word[1] as string;
  const found = Object.entries(table).find(([, spec]) => spec.short === letter);
  if (found === undefined) throw new UnknownFlagError(`-${letter}`);
  const [name, spec] = found;
  const remainder = word.slice(2);
  if (remainder === "") return { name, attached: undefined, flag: `-${letter}` };
  if (spec.kind === "boolean") return { name, attached: undefined, flag: `-${letter}`, following: `-${remainder}` };
  return { name, attached: remainder, flag: `-${letter}` };
}

function findName(written: string, table: OptionTable): string | undefined {
  if (Object.hasOwn(table, written)) return written;
  return Object.keys(table).find((candidate) => table[candidate]?.alias === written);
}

function refusedOption(flag: string, instead: string): UsageError {
  return new UsageError("ERR_UNKNOWN_OPTION", `unknown flag: ${flag}`, { hints: [instead] });
}

function convert(flag: string, spec: OptionSpec, text: string | undefined, previous: Value | undefined): Value {
  switch (spec.kind) {
    case "boolean":
      return text === undefined ? true : parseFlag(flag, text, grammars.boolean, `write ${flag}=true or ${flag}=false`);
    case "integer":
      return parseFlag(flag, text as string, grammars.integer, `write ${flag} ${spec.default ?? 3600}, for example`);
    case "list":
      return [...((previous as readonly string[] | undefined) ?? []), checkChoice(flag, spec, text as string)];
    case "string":
      return checkChoice(flag, spec, text as string);
  }
}

function checkChoice(flag: string, spec: OptionSpec, text: string): string {
  if (spec.choices === undefined || spec.choices.includes(text)) return text;
  throw new UnknownChoiceError(flag, text, spec.choices);
}

function parseFlag<T>(flag: string, text: string, { parse, expected }: Grammar<T>, hint: string): T {
  const value = parse(text);
  if (value !== undefined) return value;
  throw new UsageError("ERR_ARGUMENT", `invalid argument ${quoteValue(text)} for ${flag}: expected ${expected}`, {
    hints: [hint],
  });
}

/**
 * Refuses flags that exclude each other.
 *
 * @throws UsageError `ERR_CONFLICT`
 */
export function refuseConflicts(
  options: Readonly<Record<string, unknown>>,
  conflicts: readonly (readonly [string, string])[],
): void {
  for (const [one, other] of conflicts) {
    if (options[one] === undefined || options[other] === undefined) continue;
    throw new UsageError("ERR_CONFLICT", `--${one} and --${other} exclude each other, and both were given`, {
      hints: [`leave out --${one} or --${other}`],
    });
  }
}

/**
 * Refuses too few or too many positionals.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function refusePositionals(
  words: readonly string[],
  expected: { readonly usage: string; readonly minimum: number; readonly maximum: number } | undefined,
): void {
  const { usage = "", minimum = 0, maximum = 0 } = expected ?? {};
  if (words.length < minimum) {
    throw new UsageError("ERR_ARGUMENT", `missing argument: ${usage}`, { hints: ["see --help"] });
  }
  if (words.length > maximum) {
    throw new UsageError("ERR_ARGUMENT", `unexpected argument ${quoteValue(words[maximum] ?? "")}`, {
      hints: ["quote values with spaces, and see --help"],
    });
  }
}
