// Encodes rows of cells as JSON or CSV, sixteen bytes at a time. Driven by ../src/readers/rows/encoding-kernel.ts.
//
// The caller chooses all addresses. 32 bytes must exist after the bytes of the cells and after the output: whole
// vectors are read and written, and later writes replace the excess.

const quote: u8 = 0x22;
const backslash: u8 = 0x5c;
const lineFeed: u8 = 0x0a;
const comma: u8 = 0x2c;
const carriageReturn: u8 = 0x0d;

export let cells: usize = 0;
export let starts: usize = 0;
export let ends: usize = 0;
// Vectors in variables: engines build constants anew for each use.
let blanks: v128 = i8x16.splat(0);
let quotes: v128 = i8x16.splat(0);
let backslashes: v128 = i8x16.splat(0);

export function setCells(bytesAt: usize, startsAt: usize, endsAt: usize): void {
  cells = bytesAt;
  starts = startsAt;
  ends = endsAt;
  blanks = i8x16.splat(0x20);
  quotes = i8x16.splat(quote);
  backslashes = i8x16.splat(backslash);
}

/** Sums up the bytes of the first `count` cells. */
export function cellBytes(count: i32): i64 {
  let sum: i64 = 0;
  for (let offset = 0, end = count << 2; offset < end; offset += 4) {
    const start = load<i32>(starts + offset);
    if (start >= 0) sum += load<i32>(ends + offset) - start;
  }
  return sum;
}

/**
 * Writes each row as an object. `columns` are triples: where the text before the cell is (`,"name":"`, padded to whole
 * vectors), counted from `columns`, its length, and 1 for a string, 0 for bytes that are already JSON. With `separated`,
 * a comma and a line feed precede each row; otherwise a line feed follows it.
 */
export function encodeObjects(rows: i32, width: i32, columns: usize, output: usize, separated: bool): usize {
  let at = output;
  let index: usize = 0;
  for (let row = 0; row < rows; row++) {
    if (separated) {
      store<u8>(at++, comma);
      store<u8>(at++, lineFeed);
    }
    if (width === 0) store<u8>(at++, 0x7b);
    for (let column: usize = 0; column < (width as usize) * 12; column += 12, index += 4) {
      const start = load<i32>(starts + index);
      const isText = load<i32>(columns + column + 8) !== 0;
      at = copy(columns + load<usize>(columns + column), load<usize>(columns + column + 4), at);
      if (start < 0) {
        if (isText) at--;
        store<u32>(at, 0x6c6c756e); // null
        at += 4;
        continue;
      }
      const length = load<i32>(ends + index) - start;
      if (isText) {
        const source = cells + start;
        // Most texts are short, so they are copied without a loop, whose end could not be predicted.
        const first = v128.load(source);
        const second = v128.load(source, 16);
        v128.store(at, first);
        v128.store(at, second, 16);
        const special = (specialsOf(first) as u64) | ((specialsOf(second) as u64) << 16);
        if (length <= 32 && (special & (((1 as u64) << (length as u64)) - 1)) === 0) at += length;
        else at = writeText(source, source + length, at);
        store<u8>(at++, quote);
      } else at = copy(cells + start, length, at);
    }
    store<u8>(at++, 0x7d);
    if (!separated) store<u8>(at++, lineFeed);
  }
  return at;
}

/** Copies the first vector without asking for the length: most pieces are short. */
function copy(from: usize, length: usize, target: usize): usize {
  v128.store(target, v128.load(from));
  for (let offset: usize = 16; offset < length; offset += 16) v128.store(target + offset, v128.load(from + offset));
  return target + length;
}

/** Returns one bit for each byte that JSON has to escape. */
function specialsOf(bytes: v128): u32 {
  return i8x16.bitmask(
    v128.or(i8x16.lt_u(bytes, blanks), v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes))),
  );
}

/** Writes the content of a JSON string: RFC 8259 section 7. */
function writeText(from: usize, end: usize, target: usize): usize {
  let at = target;
  let source = from;
  while (source < end) {
    const bytes = v128.load(source);
    v128.store(at, bytes);
    const special = specialsOf(bytes);
    const plain = min<usize>(16, end - source);
    // The bit after the vector makes ctz(0) sixteen.
    const before: usize = ctz(special | 0x10000);
    if (before < plain) {
      at = writeEscape(load<u8>(source + before), at + before);
      source += before + 1;
    } else {
      at += plain;
      source += plain;
    }
  }
  return at;
}

function writeEscape(byte: u8, at: usize): usize {
  store<u8>(at, backslash);
  switch (byte) {
    case 0x22:
    case 0x5c:
      store<u8>(at + 1, byte);
      return at + 2;
    case 0x08:
      store<u8>(at + 1, 0x62); // b
      return at + 2;
    case 0x09:
      store<u8>(at + 1, 0x74); // t
      return at + 2;
    case 0x0a:
      store<u8>(at + 1, 0x6e); // n
      return at + 2;
    case 0x0c:
      store<u8>(at + 1, 0x66); // f
      return at + 2;
    case 0x0d:
      store<u8>(at + 1, 0x72); // r
      return at + 2;
    default:
      store<u32>(at + 1, 0x30303075); // u000
      if (byte > 0x0f) store<u8>(at + 4, 0x31);
      store<u8>(at + 5, hexDigit(byte & 15));
      return at + 6;
  }
}

function hexDigit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** Writes each row as a line of CSV; quotes a cell only if necessary. */
export function encodeCsv(rows: i32, width: i32, output: usize): usize {
  let at = output;
  let index: usize = 0;
  for (let row = 0; row < rows; row++) {
    const rowStart = at;
    for (let column = 0; column < width; column++, index += 4) {
      if (column > 0) store<u8>(at++, comma);
      const start = load<i32>(starts + index);
      if (start >= 0) at = writeCell(cells + start, cells + load<i32>(ends + index), at);
    }
    // An empty line would not count as a row.
    if (width === 1 && at === rowStart) {
      store<u8>(at++, quote);
      store<u8>(at++, quote);
    }
    store<u8>(at++, lineFeed);
  }
  return at;
}

function writeCell(from: usize, end: usize, target: usize): usize {
  let at = target;
  for (let source = from; source < end; source += 16, at += 16) {
    const bytes = v128.load(source);
    v128.store(at, bytes);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(quote)), i8x16.eq(bytes, i8x16.splat(comma))),
        v128.or(i8x16.eq(bytes, i8x16.splat(lineFeed)), i8x16.eq(bytes, i8x16.splat(carriageReturn))),
      ),
    );
    if ((ctz(special | 0x10000) as usize) < min<usize>(16, end - source)) return writeQuoted(from, end, target);
  }
  return target + (end - from);
}

function writeQuoted(from: usize, end: usize, target: usize): usize {
  let at = target;
  store<u8>(at++, quote);
  for (let source = from; source < end;) {
    const bytes = v128.load(source);
    v128.store(at, bytes);
    const length = min<usize>(16, end - source);
    const before: usize = ctz(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(quote))) | 0x10000);
    if (before < length) {
      store<u8>(at + before + 1, quote);
      at += before + 2;
      source += before + 1;
    } else {
      at += length;
      source += length;
    }
  }
  store<u8>(at++, quote);
  return at;
}
