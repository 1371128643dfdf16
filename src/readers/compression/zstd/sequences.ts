import { BackwardBits } from "./backward-bits.js";
import { corrupt } from "./corrupt.js";
import { buildFseTable, nextState, readFseTable, repeatedSymbol } from "./fse.js";
import type { FseTable } from "./fse.js";

/** For each sequence: how many literals to take, then how many bytes to copy and from what distance. */
export interface Sequences {
  readonly count: number;
  readonly literals: Uint32Array;
  readonly matches: Uint32Array;
  readonly offsets: Uint32Array;
}

/** Tables that later blocks may reuse. */
export interface SequenceTables {
  literals?: FseTable;
  offsets?: FseTable;
  matches?: FseTable;
}

interface Field {
  readonly name: keyof SequenceTables;
  readonly maxAccuracy: number;
  readonly maxSymbol: number;
  readonly usual: FseTable;
}

const ones = (count: number) => Array.from({ length: count }, () => 1);
const rare = (count: number) => Array.from({ length: count }, () => -1);

/** In the order in which their tables are stored: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2.2 */
const fields: readonly Field[] = [
  {
    name: "literals",
    maxAccuracy: 9,
    maxSymbol: 35,
    usual: buildFseTable(
      [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, ...ones(5), ...rare(4)],
      6,
    ),
  },
  {
    name: "offsets",
    maxAccuracy: 8,
    maxSymbol: 31,
    usual: buildFseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, ...ones(15), ...rare(5)], 5),
  },
  {
    name: "matches",
    maxAccuracy: 9,
    maxSymbol: 52,
    usual: buildFseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, ...ones(37), ...rare(7)], 6),
  },
];

/** Computes the lowest value of each code from the number of extra bits of each code. */
function codes(lowest: number, extraBits: readonly number[]) {
  const bases = new Uint32Array(extraBits.length);
  let base = lowest;
  for (const [code, bits] of extraBits.entries()) {
    bases[code] = base;
    base += 2 ** bits;
  }
  return { bases, extraBits: Uint8Array.from(extraBits) };
}

const zeros = (count: number) => Array.from({ length: count }, () => 0);
const literalCodes = codes(0, [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const matchCodes = codes(3, [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

/**
 * Decodes the sequences section, the second part of a block.
 *
 * @param recent The last three offsets; updated in place.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2
 */
export function decodeSequences(section: Uint8Array, tables: SequenceTables, recent: Uint32Array): Sequences {
  const { count, headerBytes } = readCount(section);
  if (count === 0) {
    if (section.length !== headerBytes) throw corrupt("bytes stand behind its literals");
    return { count, literals: new Uint32Array(0), matches: new Uint32Array(0), offsets: new Uint32Array(0) };
  }
  const modes = section[headerBytes];
  if (modes === undefined || (modes & 3) !== 0) throw corrupt("its tables are of no known kind");
  let at = headerBytes + 1;
  for (const [index, field] of fields.entries()) {
    const read = readTable(section, at, (modes >> (6 - index * 2)) & 3, field, tables[field.name]);
    tables[field.name] = read.table;
    at = read.end;
  }
  return readSequences(new BackwardBits(section.subarray(at)), count, tables, recent);
}

function readCount(section: Uint8Array): { readonly count: number; readonly headerBytes: number } {
  const [first, second = 0, third = 0] = section;
  if (first === undefined) throw corrupt("it is too short");
  const headerBytes = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (section.length < headerBytes) throw corrupt("it is too short");
  if (first < 128) return { count: first, headerBytes };
  return { count: first < 255 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00, headerBytes };
}

function readTable(
  section: Uint8Array,
  at: number,
  mode: number,
  field: Field,
  before: FseTable | undefined,
): { readonly table: FseTable; readonly end: number } {
  switch (mode) {
    case 0:
      return { table: field.usual, end: at };
    case 1: {
      const symbol = section[at];
      if (symbol === undefined || symbol > field.maxSymbol) throw corrupt("a table has a symbol that does not exist");
      return { table: repeatedSymbol(symbol), end: at + 1 };
    }
    case 2:
      return readFseTable(section, at, field);
    default:
      if (before === undefined) throw corrupt("it uses a table of a block before, but there is none");
      return { table: before, end: at };
  }
}

/** Keeps states as numbers and creates no object per sequence, because this loop takes half of the decoding time. */
function readSequences(bits: BackwardBits, count: number, tables: SequenceTables, recent: Uint32Array): Sequences {
  const { literals: literalTable, offsets: offsetTable, matches: matchTable } = tables;
  if (literalTable === undefined || offsetTable === undefined || matchTable === undefined) throw corrupt("no tables");
  let literalState = bits.read(literalTable.accuracy);
  let offsetState = bits.read(offsetTable.accuracy);
  let matchState = bits.read(matchTable.accuracy);
  const literals = new Uint32Array(count);
  const matches = new Uint32Array(count);
  const offsets = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const offsetCode = offsetTable.symbols[offsetState] as number;
    const offset = ((1 << offsetCode) >>> 0) + bits.read(offsetCode);
    const matchCode = matchTable.symbols[matchState] as number;
    matches[index] = (matchCodes.bases[matchCode] as number) + bits.read(matchCodes.extraBits[matchCode] as number);
    const literalCode = literalTable.symbols[literalState] as number;
    const length =
      (literalCodes.bases[literalCode] as number) + bits.read(literalCodes.extraBits[literalCode] as number);
    literals[index] = length;
    offsets[index] = resolveOffset(offset, length, recent);
    if (index === count - 1) break;
    literalState = nextState(literalTable, literalState, bits);
    matchState = nextState(matchTable, matchState, bits);
    offsetState = nextState(offsetTable, offsetState, bits);
    if (bits.left < 0) break;
  }
  if (bits.left !== 0) throw corrupt("its sequences do not end where they should");
  return { count, literals, matches, offsets };
}

/** Values up to 3 refer to a recent offset. Which one also depends on whether the sequence has literals. */
function resolveOffset(value: number, literals: number, recent: Uint32Array): number {
  const first = recent[0] as number;
  const which = value - (literals === 0 ? 0 : 1);
  if (value <= 3 && which === 0) return first;
  const offset = value > 3 ? value - 3 : which === 3 ? first - 1 : (recent[which] as number);
  if (offset === 0) throw corrupt("it copies from nowhere");
  if (value > 3 || which > 1) recent[2] = recent[1] as number;
  recent[1] = first;
  recent[0] = offset;
  return offset;
}
