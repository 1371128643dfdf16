import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { AnyCommand } from "../command.js";
import { ownWords, splitFlag, UnknownFlagError } from "./arguments.js";
import type { OptionKind, OptionTable } from "./arguments.js";
import { hintByMeaning } from "./flag-meanings.js";

/**
 * A refused line, mended where its meaning is beyond doubt: `--with-proxy true`, which the official helper takes as it takes
 * every word that belongs to nothing.
 *
 * @throws the refusal, with a better hint where there is one.
 */
export function mendLine(words: readonly string[], command: AnyCommand, refusal: unknown): readonly string[] {
  const { options, positionals, passThrough } = command;
  const own = ownWords(words);
  const dash = own
    .filter((_, index) => !takesNext(own[index - 1], options))
    .map(dashNamed)
    .find((error) => error !== undefined);
  if (dash !== undefined) throw dash;
  if (refusal instanceof UnknownFlagError) {
    const hint = hintByMeaning(refusal.flag.replace(/^-+/, ""), options);
    throw hint === undefined ? refusal : new UnknownFlagError(refusal.flag, hint);
  }
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

/** Whether the words are flags, each with its value, so that the next word is none's value. */
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

/** The kind of the flag that a word ends with, if it has no value of its own; undefined for other words. */
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

/** The refusal of a word that begins with a dash which pages and word processors write for a hyphen. */
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
