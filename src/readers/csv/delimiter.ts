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

/** A byte, or `auto` for a guess from each member's beginning. */
export type Delimiter = number | "auto";

/** @throws UsageError `ERR_ARGUMENT` */
export function parseDelimiter(text: string): Delimiter {
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

/**
 * Guesses the delimiter from the beginning of a text: the one that cuts the most rows into as many fields as the first,
 * of those the one that makes the most fields. A text that none of them cuts has one column.
 */
export function guessDelimiter(beginning: Uint8Array): number {
  let best = { score: 0, delimiter: ",".charCodeAt(0) };
  for (const candidate of candidates) {
    const delimiter = candidate.charCodeAt(0);
    const score = scoreDelimiter(beginning, delimiter);
    if (score > best.score) best = { score, delimiter };
  }
  return best.delimiter;
}

function scoreDelimiter(beginning: Uint8Array, delimiter: number): number {
  const scanner = new CsvScanner({ delimiter, quote: quoteByte, ragged: "skip" });
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

/** A text of one line, which never ended. */
function headerFields(line: Uint8Array, delimiter: number): number {
  let fields = 1;
  for (const byte of line) if (byte === delimiter) fields++;
  return fields;
}
