import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { CsvScanner } from "./scanner.js";
import { CsvSyntaxError } from "./syntax-error.js";

export const quoteByte = 0x22;
const names: Readonly<Record<string, string>> = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  "\\t": "\t",
  pipe: "|",
  space: " ",
};
const candidates = [",", ";", "\t", "|"] as const;

/** A byte, `auto` to guess from the beginning of each member, or `comma` for a comma unless the first line has none. */
export type Delimiter = number | "auto" | "comma";

/** @throws UsageError `ERR_ARGUMENT` */
export function parseDelimiter(text: string | undefined): Delimiter {
  if (text === undefined) return "comma";
  if (text === "auto") return "auto";
  const character = names[text] ?? text;
  const byte = character.charCodeAt(0);
  if (character.length !== 1 || byte > 0x7e || character === '"' || character === "\n" || character === "\r") {
    throw new UsageError("ERR_ARGUMENT", message`${setting("delimiter")} is not a single ASCII character: "${text}"`, {
      hints: ["write , ; tab | or auto"],
    });
  }
  return byte;
}

export interface SettledDelimiter {
  readonly delimiter: number;
  /** The text after an Excel line `sep=;`. */
  readonly text: Uint8Array;
  /** A note for the summary when the delimiter may be unexpected. */
  readonly note: string | undefined;
}

/** Determines the delimiter of a member from its beginning. */
export function settleDelimiter(asked: Delimiter, beginning: Uint8Array, quote: number): SettledDelimiter {
  const firstLine = Buffer.from(beginning.subarray(0, 16)).toString("latin1");
  const [said, separator] = /^"?sep=([\t-~])"?(?=\r?\n)/i.exec(firstLine) ?? [];
  // The line end stays, so that line numbers stay correct.
  const text = said === undefined ? beginning : beginning.subarray(said.length);
  const settled = (delimiter: number, note?: string) => ({ delimiter, text, note });
  if (typeof asked !== "number" && separator !== undefined) return settled(separator.charCodeAt(0));
  if (asked === "auto") return settled(guessDelimiter(text, quote));
  const byte = typeof asked === "number" ? asked : comma;
  const lineEnd = text.findIndex((found) => found === 0x0a || found === 0x0d);
  if (text.subarray(0, lineEnd === -1 ? undefined : lineEnd).includes(byte)) return settled(byte);
  const guess = guessDelimiter(text, quote);
  if (guess === byte) return settled(byte);
  const name = guess === 0x09 ? "tab" : `"${String.fromCharCode(guess)}"`;
  return asked === "comma"
    ? settled(guess, `its fields are separated by ${name}`)
    : settled(byte, `it has one column; its fields look separated by ${name}`);
}

const comma = 0x2c;

/**
 * Guesses the delimiter from the beginning of a text: the one that splits the most rows into as many fields as the
 * first row. Among equals, the one that yields the most fields wins. A text that no candidate splits has one column.
 */
function guessDelimiter(beginning: Uint8Array, quote: number): number {
  let best = { score: 0, delimiter: comma };
  for (const candidate of candidates) {
    const delimiter = candidate.charCodeAt(0);
    const score = scoreDelimiter(beginning, delimiter, quote);
    if (score > best.score) best = { score, delimiter };
  }
  return best.delimiter;
}

function scoreDelimiter(beginning: Uint8Array, delimiter: number, quote: number): number {
  const scanner = new CsvScanner({ delimiter, quote, ragged: "skip" });
  try {
    const { rows, width } = scanner.push(beginning);
    if (scanner.header === undefined) return headerFields(beginning, delimiter) - 1;
    if (width < 2) return 0;
    const agreeing = rows + 1 - scanner.raggedRows;
    return Math.max(0, agreeing / (rows + 1 + scanner.raggedRows)) * 1000 + width;
  } catch (error) {
    if (error instanceof CsvSyntaxError) return 0;
    throw error;
  } finally {
    scanner.close();
  }
}

/** Counts the fields of a text that is one line without a line end. */
function headerFields(line: Uint8Array, delimiter: number): number {
  let fields = 1;
  for (const byte of line) if (byte === delimiter) fields++;
  return fields;
}
