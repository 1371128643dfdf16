// Finds rows and fields in UTF-8 CSV, sixteen bytes at a time. ../src/readers/csv/scanner.ts drives it and decides
// about everything that is not a plain row: headers, ragged rows, errors.
//
// Where things lie in memory is the caller's choice. The byte behind the text must be a line feed, which stops the inner
// loops, and 16 bytes behind that must exist.

const lineFeed: u8 = 0x0a;
const carriageReturn: u8 = 0x0d;

/** All bytes were looked at, or the rest is not a whole row. */
const verdictDone: i32 = 0;
/** A row has not as many fields as were expected; `rowFields` says how many, and they are recorded. */
const verdictOtherRow: i32 = 1;

let delimiter: u8 = 0;
let quote: u8 = 0;
let delimiters: v128 = i8x16.splat(0);
let quotes: v128 = i8x16.splat(0);
/** Where the arrays of 32-bit numbers stand. */
let starts: usize = 0;
let ends: usize = 0;
let rowLines: usize = 0;
let irregular: usize = 0;

/** Where the next row begins. */
export let position: i32 = 0;
export let fields: i32 = 0;
export let rows: i32 = 0;
/** The line on which the next row begins. */
export let line: i32 = 1;
/** Fields with doubled quotes or with text after the closing quote. */
export let irregulars: i32 = 0;
/** Fields and lines of the row that a verdict is about. */
export let rowFields: i32 = 0;
let rowLineCount: i32 = 0;

let innerLines: i32 = 0;

export function setDialect(delimiterByte: u8, quoteByte: u8): void {
  delimiter = delimiterByte;
  quote = quoteByte;
  delimiters = i8x16.splat(delimiterByte as i8);
  quotes = i8x16.splat(quoteByte as i8);
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

/** Takes back fields that were recorded last, and what was noted of them. */
export function dropFields(from: i32): void {
  fields = from;
  while (irregulars > 0 && load<i32>(irregular + ((irregulars - 1) << 2)) >= from) irregulars--;
}

/** Records a field without a value. */
export function addNull(): void {
  store<i32>(starts + (fields << 2), -1);
  fields++;
}

/** Accepts the row that ended last, on whose first line it began. */
export function keepRow(): void {
  store<i32>(rowLines + (rows << 2), line);
  rows++;
}

export function passRow(): void {
  line += rowLineCount;
}

/** Scans whole rows from `position` on. `filled` is where the text ends, `final` whether the input ends with it. */
export function scanRows(filled: i32, final: bool, width: i32): i32 {
  while (position < filled) {
    const firstField = fields;
    innerLines = 0;
    let at = scanFields(position, filled, final);
    if (at !== -1) at = scanLineEnd(at, filled, final);
    if (at === -1) {
      dropFields(firstField);
      return verdictDone;
    }
    const rowStart = position;
    position = at;
    rowFields = fields - firstField;
    rowLineCount = 1 + innerLines;
    if (rowFields === 1 && isEmpty(firstField, rowStart)) dropFields(firstField);
    else if (rowFields === width) keepRow();
    else return verdictOtherRow;
    line += rowLineCount;
  }
  return verdictDone;
}

function isEmpty(field: i32, rowStart: i32): bool {
  return load<i32>(starts + (field << 2)) === rowStart && load<i32>(ends + (field << 2)) === rowStart;
}

/** Records the fields of one row. Returns where its line end stands, or -1 when not all of the row was there. */
function scanFields(from: i32, filled: i32, final: bool): i32 {
  let at = from;
  while (true) {
    if (load<u8>(at) === quote) {
      at = scanQuoted(at + 1, filled);
      if (at === -1) return -1;
    } else {
      store<i32>(starts + (fields << 2), at);
      at = findFieldEnd(at);
      store<i32>(ends + (fields << 2), at);
    }
    // The line feed behind the text is not the input's, so the field may go on in the next chunk.
    if (at >= filled && !final) return -1;
    fields++;
    if (at >= filled || load<u8>(at) !== delimiter) return at;
    at++;
  }
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

/** Records a quoted field. Returns where it ends, or -1 when its end was not there. */
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

/** Counts the line feeds on its way. */
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

/** Returns where the next row begins, or -1 when that was not there: after a CR at the end of a chunk an LF may follow. */
function scanLineEnd(from: i32, filled: i32, final: bool): i32 {
  let at = from;
  if (at >= filled) return at;
  if (load<u8>(at++) === carriageReturn) {
    if (at >= filled) return final ? at : -1;
    if (load<u8>(at) === lineFeed) at++;
  }
  return at;
}

/** Closes the gaps that doubled quotes and a closing quote leave in fields. */
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
