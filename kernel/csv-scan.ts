// Finds rows and fields in UTF-8 CSV, 64 bytes at a time. ../src/readers/csv/scanner.ts drives it and handles
// everything but plain rows: headers, ragged rows, errors.
//
// The caller chooses all addresses. The byte after the text must be a line feed, which stops the inner loops, and 64
// bytes after it must exist.

const lineFeed: u8 = 0x0a;
const carriageReturn: u8 = 0x0d;

/** All bytes were scanned, or the rest is not a whole row. */
const verdictDone: i32 = 0;
/** A row has another number of fields than expected: `rowFields`. They are recorded. */
const verdictOtherRow: i32 = 1;

let delimiter: u8 = 0;
let quote: u8 = 0;
let delimiters: v128 = i8x16.splat(0);
let quotes: v128 = i8x16.splat(0);
// Vectors in variables: engines build constants anew for each use.
let lineFeeds: v128 = i8x16.splat(0);
let carriageReturns: v128 = i8x16.splat(0);
/** Addresses of the arrays of 32-bit numbers. */
let starts: usize = 0;
let ends: usize = 0;
let rowLines: usize = 0;
let irregular: usize = 0;

/** Start of the next row. */
export let position: i32 = 0;
export let fields: i32 = 0;
export let rows: i32 = 0;
/** Line on which the next row starts. */
export let line: i32 = 1;
/** Fields with doubled quotes or with text after the closing quote. */
export let irregulars: i32 = 0;
/** Fields and lines of the row that a verdict refers to. */
export let rowFields: i32 = 0;
let rowLineCount: i32 = 0;

let innerLines: i32 = 0;

export function setDialect(delimiterByte: u8, quoteByte: u8): void {
  delimiter = delimiterByte;
  quote = quoteByte;
  delimiters = i8x16.splat(delimiterByte as i8);
  quotes = i8x16.splat(quoteByte as i8);
  lineFeeds = i8x16.splat(lineFeed);
  carriageReturns = i8x16.splat(carriageReturn);
}

export function setArrays(startsAt: usize, endsAt: usize, rowLinesAt: usize, irregularAt: usize): void {
  starts = startsAt;
  ends = endsAt;
  rowLines = rowLinesAt;
  irregular = irregularAt;
}

export function beginBatch(at: i32): void {
  position = at;
  fields = 0;
  rows = 0;
  irregulars = 0;
}

/** Removes the last recorded fields, and their notes. */
export function dropFields(from: i32): void {
  fields = from;
  while (irregulars > 0 && load<i32>(irregular + ((irregulars - 1) << 2)) >= from) irregulars--;
}

/** Records a field without a value. */
export function addNull(): void {
  store<i32>(starts + (fields << 2), -1);
  fields++;
}

/** Accepts the last row, under the number of its first line. */
export function keepRow(): void {
  store<i32>(rowLines + (rows << 2), line);
  rows++;
}

export function passRow(): void {
  line += rowLineCount;
}

/** Scans whole rows from `position` on. `filled` is the end of the text; with `final`, also the end of the input. */
export function scanRows(filled: i32, final: bool, width: i32): i32 {
  const expected: usize = width << 2;
  let field: usize = fields << 2;
  let row = position;
  // One bit for each byte from `base` on that may end a field or open a quoted one; cleared when it is passed.
  let base = row;
  let marks = marksFrom(base);
  while (row < filled) {
    const firstField = field;
    let start = row;
    let at = row;
    innerLines = 0;
    while (true) {
      while (marks === 0) {
        base += 64;
        marks = marksFrom(base);
      }
      at = base + (ctz(marks) as i32);
      marks &= marks - 1;
      const byte = load<u8>(at);
      if (byte === quote) {
        // Inside a field, a quote is text.
        if (at !== start) continue;
        fields = (field >> 2) as i32;
        at = scanQuoted(at + 1, filled);
        if (at === -1) return endBatch(row, firstField);
        base = at + 1;
        marks = marksFrom(base);
        field += 4;
        if (load<u8>(at) !== delimiter) break;
      } else {
        store<i32>(starts + field, start);
        store<i32>(ends + field, at);
        field += 4;
        if (byte !== delimiter) break;
      }
      start = at + 1;
    }
    // The line feed after the text is not part of the input, so the row may continue in the next chunk.
    if (at >= filled && !final) return endBatch(row, firstField);
    if (at < filled && load<u8>(at++) === carriageReturn) {
      // An LF may follow a CR at the end of a chunk.
      if (at >= filled && !final) return endBatch(row, firstField);
      if (at < filled && load<u8>(at) === lineFeed) {
        at++;
        if (marks === 0) {
          base = at;
          marks = marksFrom(base);
        } else marks &= marks - 1;
      }
    }
    const found = field - firstField;
    if (found === 4 && isEmpty(firstField, row)) field = firstField;
    else if (found === expected) {
      store<i32>(rowLines + (rows << 2), line);
      rows++;
    } else return endAtOther(at, field, found);
    line += 1 + innerLines;
    row = at;
  }
  return endBatch(row, field);
}

/** Leaves the rest from `row` on for the next batch. Its fields, from offset `field` on, are dropped. */
function endBatch(row: i32, field: usize): i32 {
  position = row;
  dropFields((field >> 2) as i32);
  return verdictDone;
}

/** Leaves a row of another width to the caller. `field` and `found` are offsets of its end and of its length. */
function endAtOther(next: i32, field: usize, found: usize): i32 {
  position = next;
  fields = (field >> 2) as i32;
  rowFields = (found >> 2) as i32;
  rowLineCount = 1 + innerLines;
  return verdictOtherRow;
}

function isEmpty(field: usize, rowStart: i32): bool {
  return load<i32>(starts + field) === rowStart && load<i32>(ends + field) === rowStart;
}

function marksFrom(at: i32): u64 {
  return (
    (marksOf(at) as u64) |
    ((marksOf(at + 16) as u64) << 16) |
    ((marksOf(at + 32) as u64) << 32) |
    ((marksOf(at + 48) as u64) << 48)
  );
}

function marksOf(at: i32): u32 {
  const bytes = v128.load(at);
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, quotes)),
      v128.or(i8x16.eq(bytes, lineFeeds), i8x16.eq(bytes, carriageReturns)),
    ),
  );
}

function findFieldEnd(from: i32): i32 {
  let at = from;
  while (true) {
    const bytes = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        i8x16.eq(bytes, delimiters),
        v128.or(i8x16.eq(bytes, i8x16.splat(lineFeed)), i8x16.eq(bytes, i8x16.splat(carriageReturn))),
      ),
    );
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

/** Records a quoted field. Returns its end, or -1 if the end is missing. */
function scanQuoted(start: i32, filled: i32): i32 {
  let at = start;
  let doubled = false;
  while (true) {
    at = findQuote(at, filled);
    if (at >= filled) return -1;
    if (load<u8>(at + 1) !== quote) break;
    doubled = true;
    at += 2;
  }
  store<i32>(starts + (fields << 2), start);
  store<i32>(ends + (fields << 2), at);
  const closed = at + 1;
  at = findFieldEnd(closed);
  if (at > closed) store<i32>(ends + (fields << 2), at);
  if (doubled || at > closed) {
    store<i32>(irregular + (irregulars << 2), fields);
    irregulars++;
  }
  return at;
}

/** Finds the next quote and counts the line feeds before it. */
function findQuote(from: i32, filled: i32): i32 {
  let at = from;
  while (at < filled) {
    const bytes = v128.load(at);
    const found = i8x16.bitmask(i8x16.eq(bytes, quotes));
    const breaks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(lineFeed)));
    if (found !== 0) {
      const before = ctz(found);
      innerLines += popcnt(breaks & ((1 << before) - 1));
      return at + before;
    }
    innerLines += popcnt(breaks);
    at += 16;
  }
  return filled;
}

/** Closes the gaps that doubled and closing quotes leave in fields. */
export function unquoteFields(): void {
  for (let index = 0; index < irregulars; index++) unquote(load<i32>(irregular + (index << 2)));
}

function unquote(field: i32): void {
  const end = load<i32>(ends + (field << 2));
  let target = load<i32>(starts + (field << 2));
  let quoted = true;
  for (let at = target; at < end; at++) {
    if (quoted && load<u8>(at) === quote) {
      if (load<u8>(at + 1) !== quote || at + 1 === end) {
        quoted = false;
        continue;
      }
      at++;
    }
    store<u8>(target++, load<u8>(at));
  }
  store<i32>(ends + (field << 2), target);
}
