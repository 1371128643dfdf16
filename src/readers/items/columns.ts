import { classifyNumber } from "./decimal.js";
import type { Column, ColumnType } from "../rows/batch.js";
import { visitMembers } from "./members.js";

/** The kinds of values found in one attribute so far. */
interface Seen {
  texts: boolean;
  booleans: boolean;
  integers: boolean;
  fractions: boolean;
  /** Numbers that fit neither a double nor a 64-bit integer. */
  large: boolean;
  nested: boolean;
}

/** Determines the columns of a table of items; reads every item. */
export interface ColumnFinder {
  /** @param lines Items, one JSON object per line, complete lines only. */
  look(lines: Uint8Array): void;
  /** In order of first appearance, or the requested columns in the requested order. */
  columns(): readonly Column[];
}

export function createColumnFinder(wanted: readonly string[] | undefined): ColumnFinder {
  const seenByName = new Map<string, Seen>(wanted?.map((name) => [name, nothingSeen()]));
  return {
    look(lines) {
      visitMembers(lines, (name, start, end) => {
        let seen = seenByName.get(name);
        if (seen === undefined) {
          if (wanted !== undefined) return;
          seen = nothingSeen();
          seenByName.set(name, seen);
        }
        note(seen, lines, start, end);
      });
    },
    columns: () => [...seenByName].map(([name, seen]) => ({ name, type: typeOf(seen) })),
  };
}

function nothingSeen(): Seen {
  return { texts: false, booleans: false, integers: false, fractions: false, large: false, nested: false };
}

function note(seen: Seen, lines: Uint8Array, start: number, end: number): void {
  switch (lines[start]) {
    case 0x22:
      seen.texts = true;
      break;
    case 0x7b:
    case 0x5b:
      seen.nested = true;
      break;
    case 0x74:
    case 0x66:
      seen.booleans = true;
      break;
    case 0x6e:
      break;
    default:
      noteNumber(seen, Buffer.from(lines.buffer, lines.byteOffset + start, end - start).toString("latin1"));
  }
}

function noteNumber(seen: Seen, text: string): void {
  if (/^-?\d{1,15}$/.test(text)) seen.integers = true;
  else if (/^-?\d{16,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) {
    seen.integers = true;
    if (!classifyNumber(text).exact) seen.large = true;
  } else if (classifyNumber(text).exact) seen.fractions = true;
  else seen.large = seen.fractions = true;
}

/** A column of mixed types becomes text, which loses nothing. */
function typeOf(seen: Seen): ColumnType {
  const { texts, booleans, integers, fractions, large, nested } = seen;
  const numeric = integers || fractions;
  if (nested && !texts && !numeric && !booleans) return "json";
  if (nested || texts || (numeric && booleans)) return "text";
  if (booleans) return "boolean";
  if (fractions) return large ? "text" : "number";
  return integers ? "integer" : "text";
}
