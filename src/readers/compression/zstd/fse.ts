import type { BackwardBits } from "./backward-bits.js";
import { corrupt } from "./corrupt.js";

/** A finite state entropy table: for each state its symbol, and the bits and base of the next state. */
export interface FseTable {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** Builds a table that repeats one symbol and consumes no bits. */
export const repeatedSymbol = (symbol: number): FseTable => ({
  accuracy: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  bases: Uint16Array.of(0),
});

/** Builds a table from probabilities in units of 1 / 2^`accuracy`; -1 means "less than one". */
export function buildFseTable(chances: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(chances.length);
  let top = size;
  for (const [symbol, chance] of chances.entries()) {
    if (chance === -1) symbols[--top] = symbol;
    next[symbol] = Math.abs(chance);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, chance] of chances.entries()) {
    for (let count = 0; count < chance; count++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= top);
    }
  }
  if (at !== 0) throw corrupt("a table of probabilities does not fill its states");
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const place = next[symbol] as number;
    next[symbol] = place + 1;
    const count = accuracy - (31 - Math.clz32(place));
    bits[state] = count;
    bases[state] = (place << count) - size;
  }
  return { accuracy, symbols, bits, bases };
}

/**
 * Reads the description of a table.
 *
 * @returns The table, and the offset after it.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-4.1.1
 */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  { maxAccuracy, maxSymbol }: { readonly maxAccuracy: number; readonly maxSymbol: number },
): { readonly table: FseTable; readonly end: number } {
  let bit = start * 8;
  const read = (count: number): number => {
    const at = bit >> 3;
    const [one = 0, two = 0, three = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const value = ((one | (two << 8) | (three << 16)) >> (bit & 7)) & ((1 << count) - 1);
    bit += count;
    if (bit > bytes.length * 8) throw corrupt("a table of probabilities is cut short");
    return value;
  };
  const accuracy = read(4) + 5;
  if (accuracy > maxAccuracy) throw corrupt("a table is more accurate than it may be");
  const chances: number[] = [];
  let left = 1 << accuracy;
  while (left > 0) {
    // Values below `few` take one bit less.
    const width = 32 - Math.clz32(left + 1);
    const few = (1 << width) - 1 - (left + 1);
    let value = read(width - 1);
    if (value >= few) {
      value |= read(1) << (width - 1);
      if (value >= 1 << (width - 1)) value -= few;
    }
    const chance = value - 1;
    chances.push(chance);
    left -= Math.abs(chance);
    for (let more = chance === 0; more;) {
      const zeros = read(2);
      for (let count = 0; count < zeros; count++) chances.push(0);
      more = zeros === 3;
    }
    if (chances.length > maxSymbol + 1) throw corrupt("a table has more symbols than there are");
  }
  if (left < 0) throw corrupt("the probabilities of a table are more than one");
  return { table: buildFseTable(chances, accuracy), end: (bit + 7) >> 3 };
}

export function nextState({ bases, bits: widths }: FseTable, state: number, bits: BackwardBits): number {
  return (bases[state] as number) + bits.read(widths[state] as number);
}
