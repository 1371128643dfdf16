import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { AnyCommand } from "../command.js";
import { ownWords, splitFlag, UnknownChoiceError, UnknownFlagError } from "./arguments.js";
import type { OptionKind, OptionTable } from "./arguments.js";
import { choiceByMeaning } from "./choice-meanings.js";
import { hintByMeaning } from "./flag-meanings.js";
import { nearest } from "../../settings/nearest.js";

/**
 * Corrects a refused line if its meaning is certain: `--with-proxy true`, which the official helper accepts because it
 * ignores extra words.
 *
 * @throws the refusal, with a better hint if there is one.
 */
export function mendLine(words: readonly string[], command: AnyCommand, refusal: unknown): readonly string[] {
  const { options, positionals, passThrough } = command;
  const own = ownWords(words);
  const dash = own
    .filter((_, index) => !takesNext(own[index - 1], options))
    .map(dashNamed)
    .find((error) => error !== undefined);
  if (dash !== undefined) throw dash;
  const explained = explainRefusal(refusal, own, options);
  if (explained !== refusal) throw explained;
  if ((positionals?.maximum ?? 0) > 0 || passThrough === true) throw refusal;
  const isAfterSwitch = (index: number) => openFlag(words[index - 1], options) === "boolean";
  const mended = words.filter((word, index) => word !== "true" || !isAfterSwitch(index));
  if (mended.length < words.length) return mended;
  const stray = words.findIndex((word, index) => word === "false" && isAfterSwitch(index));
  if (stray === -1) throw refusal;
  const flag = words[stray - 1] ?? "";
  throw new UsageError("ERR_ARGUMENT", `unexpected argument "false" after ${flag}, which is on or off by itself`, {
    hints: [`write ${flag}=false, or leave ${flag} out`],
  });
}

/** Adds the likely name to a refused flag or value. */
export function explainRefusal(refusal: unknown, words: readonly string[], options: OptionTable): unknown {
  if (refusal instanceof UnknownChoiceError) {
    const { flag, text, choices } = refusal;
    const meant = choiceByMeaning(text, choices) ?? nearest(text.toLowerCase(), choices);
    return meant === undefined ? refusal : new UnknownChoiceError(flag, text, choices, `write ${flag} ${meant}`);
  }
  return refusal instanceof UnknownFlagError ? explainFlag(refusal, words, options) : refusal;
}

function explainFlag(refusal: UnknownFlagError, words: readonly string[], options: OptionTable): UnknownFlagError {
  const { flag } = refusal;
  const word = words.find((candidate) => candidate.startsWith(flag)) ?? flag;
  const [typed = ""] = word.split(/[:=]/, 1);
  const name = typed.replace(/^-+/, "");
  const known = Object.keys(options).filter((option) => options[option]?.instead === undefined);
  if (known.includes(name) && word.startsWith(`--${name}:`)) {
    return new UnknownFlagError(`--${name}:`, `write --${name} VALUE or --${name}=VALUE, without a colon`);
  }
  const renamed = Object.keys(options).find((option) => options[option]?.formerly === name);
  const near = renamed ?? nearest(name.toLowerCase(), known);
  const hint = hintByMeaning(name, options) ?? (near === undefined ? undefined : `did you mean --${near}?`);
  // The text after a letter may be a password, so the word is shown only if it is similar to a flag.
  return hint === undefined ? refusal : new UnknownFlagError(flag.startsWith("--") ? flag : typed, hint);
}

/** Whether the words are complete flags, so that the next word is not a value. */
export function areWholeFlags(words: readonly string[], options: OptionTable): boolean {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if ((word === "true" || word === "false") && openFlag(words[index - 1], options) === "boolean") continue;
    if (word === "-" || !word.startsWith("-")) return false;
    const kind = openFlag(word, options);
    // An unknown flag takes a value, as in the official helper. The command then refuses it by name.
    if (kind === "unknown" ? !word.includes("=") : kind !== undefined && kind !== "boolean") index++;
    if (index >= words.length) return false;
  }
  return true;
}

function takesNext(word: string | undefined, options: OptionTable): boolean {
  const kind = openFlag(word, options);
  return kind !== undefined && kind !== "unknown" && kind !== "boolean";
}

/** Returns the kind of the flag at the end of a word, if its value is in the next word; undefined for other words. */
function openFlag(word: string | undefined, options: OptionTable): OptionKind | "unknown" | undefined {
  if (word === undefined || word === "-" || !word.startsWith("-")) return undefined;
  try {
    const { name, attached, following } = splitFlag(word, options);
    if (following !== undefined) return openFlag(following, options);
    return attached === undefined ? options[name]?.kind : undefined;
  } catch (error) {
    if (error instanceof UnknownFlagError) return "unknown";
    throw error;
  }
}

const dashes: Readonly<Record<string, string>> = {
  "\u2010": "a typographic hyphen",
  "\u2011": "a non-breaking hyphen",
  "\u2012": "a figure dash",
  "\u2013": "an en dash",
  "\u2014": "an em dash",
  "\u2015": "a horizontal bar",
  "\u2212": "a minus sign",
  "\uFF0D": "a full-width hyphen",
};

/** Returns the error for a word that begins with a typographic dash in place of a hyphen. */
export function dashNamed(word: string): UsageError | undefined {
  const start = /^-?([\u2010-\u2015\u2212\uFF0D])[-\u2010-\u2015\u2212\uFF0D]*/.exec(word);
  const [found, dash = ""] = start ?? [];
  if (found === undefined) return undefined;
  const code = `U+${dash.codePointAt(0)?.toString(16).toUpperCase()}`;
  const name = /^[\w-]*/.exec(word.slice(found.length))?.[0] ?? "";
  return new UsageError(
    "ERR_ARGUMENT",
    `${quoteValue(found + name)} begins with ${dashes[dash]} (${code}), not a hyphen`,
    {
      hints: [`a web page or an editor changed it: type ${name.length > 1 ? "--" : "-"}${name}`],
    },
  );
}
