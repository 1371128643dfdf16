// Gathers rows by column and writes one column after the other in Arrow's layout, or as pages of Parquet. Driven by
// ../src/readers/rows/column-group.ts.
//
// The caller chooses all addresses. 16 bytes must exist after everything, since whole vectors are read and written.
//
// https://parquet.apache.org/docs/file-format/data-pages/encodings/

import { cells, ends, starts } from "./encode-rows";

/** Twice the entries, so that searches for a free place are short. */
const places: i32 = 32_768;
const maxEntries: i32 = 16_384;
/** After so many values, a dictionary must have found some of them repeated. */
const triedValues: i32 = 1024;

/** For each column and each row in it: start of the value, or -1 for null, and its end. */
let columnStarts: usize = 0;
let columnEnds: usize = 0;
let rowRoom: i32 = 0;
/** Places of the dictionary's hash table, then starts and ends of its entries, then the index of each value. */
let table: usize = 0;
let entryStarts: usize = 0;
let entryEnds: usize = 0;
let indexes: usize = 0;

/** Results of `surveyColumn` and `buildDictionary`. */
export let nulls: i32 = 0;
export let plainBytes: i32 = 0;
export let dictionaryBytes: i32 = 0;
export let minStart: i32 = 0;
export let minEnd: i32 = 0;
export let maxStart: i32 = 0;
export let maxEnd: i32 = 0;

export function setColumns(startsAt: usize, endsAt: usize, rows: i32): void {
  columnStarts = startsAt;
  columnEnds = endsAt;
  rowRoom = rows;
}

/** Returns how many bytes `setDictionary` needs. */
export function dictionaryRoom(rows: i32): i32 {
  return (places + 2 * maxEntries + rows) << 2;
}

export function setDictionary(at: usize): void {
  table = at;
  entryStarts = table + (places << 2);
  entryEnds = entryStarts + (maxEntries << 2);
  indexes = entryEnds + (maxEntries << 2);
}

/** Copies the cells of rows `from` until `to` to address `textEnd`, as rows `first` on. Returns the end of the text. */
export function gatherRows(from: i32, to: i32, width: i32, first: i32, textEnd: usize): usize {
  let at = textEnd;
  let index: usize = (from * width) << 2;
  for (let row = from; row < to; row++) {
    let slot: usize = (first + row - from) << 2;
    for (let column = 0; column < width; column++, index += 4, slot += rowRoom << 2) {
      const start = load<i32>(starts + index);
      if (start < 0) {
        store<i32>(columnStarts + slot, -1);
        continue;
      }
      const length: usize = load<i32>(ends + index) - start;
      const source = cells + start;
      for (let offset: usize = 0; offset < length; offset += 16) v128.store(at + offset, v128.load(source + offset));
      store<u32>(columnStarts + slot, at as u32);
      at += length;
      store<u32>(columnEnds + slot, at as u32);
    }
  }
  return at;
}

/** Counts nulls and bytes of a column. */
export function surveyColumn(column: i32, rows: i32): void {
  const first: usize = (column * rowRoom) << 2;
  nulls = 0;
  plainBytes = 0;
  for (let offset: usize = first, end = first + (rows << 2); offset < end; offset += 4) {
    const start = load<i32>(columnStarts + offset);
    if (start < 0) nulls++;
    else plainBytes += 4 + load<i32>(columnEnds + offset) - start;
  }
}

/** Writes definition levels: a run of ones if no value is null, else one bit per row. Needs the survey. */
export function writeLevels(column: i32, rows: i32, output: usize): usize {
  if (nulls === 0) {
    const at = writeVarint(rows << 1, output);
    store<u8>(at, 1);
    return at + 1;
  }
  const first: usize = columnStarts + ((column * rowRoom) << 2);
  let at = writeVarint((((rows + 7) >> 3) << 1) | 1, output);
  for (let row = 0; row < rows; row += 8) {
    let bits: u32 = 0;
    for (let bit = 0; bit < 8 && row + bit < rows; bit++) {
      if (load<i32>(first + ((row + bit) << 2)) >= 0) bits |= 1 << bit;
    }
    store<u8>(at++, bits as u8);
  }
  return at;
}

/** Writes the values without gaps; `offsets` gets the start of each and the end of the last, counted from `output`. */
export function writeCells(column: i32, rows: i32, offsets: usize, output: usize): usize {
  const first: usize = (column * rowRoom) << 2;
  let at = output;
  for (let slot: usize = 0, end: usize = rows << 2; slot < end; slot += 4) {
    store<u32>(offsets + slot, (at - output) as u32);
    const start = load<i32>(columnStarts + first + slot);
    if (start < 0) continue;
    const length: usize = load<i32>(columnEnds + first + slot) - start;
    for (let done: usize = 0; done < length; done += 16) v128.store(at + done, v128.load(start + done));
    at += length;
  }
  store<u32>(offsets + (rows << 2), (at - output) as u32);
  return at;
}

/** Writes each value after its length. Keeps the least and the greatest. */
export function writePlain(column: i32, rows: i32, output: usize): usize {
  const first: usize = (column * rowRoom) << 2;
  return writeValues(columnStarts + first, columnEnds + first, rows, output);
}

/** Writes the entries in the order of their indexes. Keeps the least and the greatest. */
export function writeDictionary(entries: i32, output: usize): usize {
  return writeValues(entryStarts, entryEnds, entries, output);
}

function writeValues(from: usize, to: usize, count: i32, output: usize): usize {
  let at = output;
  let isFirst = true;
  for (let offset: usize = 0, end: usize = count << 2; offset < end; offset += 4) {
    const start = load<i32>(from + offset);
    if (start < 0) continue;
    const stop = load<i32>(to + offset);
    const length = stop - start;
    store<u32>(at, length);
    at += 4;
    for (let done = 0; done < length; done += 16) v128.store(at + done, v128.load(start + done));
    at += length;
    if (isFirst || isLess(start, stop, minStart, minEnd)) {
      minStart = start;
      minEnd = stop;
    }
    if (isFirst || isLess(maxStart, maxEnd, start, stop)) {
      maxStart = start;
      maxEnd = stop;
    }
    isFirst = false;
  }
  return at;
}

/** Compares unsigned bytes, which gives the order of code points. */
function isLess(start: i32, end: i32, otherStart: i32, otherEnd: i32): bool {
  const length = end - start;
  const otherLength = otherEnd - otherStart;
  const common = min(length, otherLength);
  for (let offset = 0; offset < common; offset++) {
    const byte = load<u8>(start + offset);
    const otherByte = load<u8>(otherStart + offset);
    if (byte !== otherByte) return byte < otherByte;
  }
  return length < otherLength;
}

/**
 * Numbers the distinct values of a column in order of appearance. Returns their count, or -1 if a dictionary would not
 * halve the column. Needs the survey.
 */
export function buildDictionary(column: i32, rows: i32): i32 {
  const first: usize = (column * rowRoom) << 2;
  memory.fill(table, 0xff, places << 2);
  dictionaryBytes = 0;
  let entries = 0;
  let values = 0;
  for (let offset: usize = first, end = first + (rows << 2); offset < end; offset += 4) {
    const start = load<i32>(columnStarts + offset);
    if (start < 0) continue;
    const length = load<i32>(columnEnds + offset) - start;
    let place = hash(start, length) & (places - 1);
    let entry = -1;
    while (true) {
      entry = load<i32>(table + (place << 2));
      if (entry < 0 || isEntry(entry, start, length)) break;
      place = (place + 1) & (places - 1);
    }
    if (entry < 0) {
      if (entries === maxEntries || (values > triedValues && entries > values - (values >> 2))) return -1;
      entry = entries++;
      store<i32>(table + (place << 2), entry);
      store<i32>(entryStarts + (entry << 2), start);
      store<i32>(entryEnds + (entry << 2), start + length);
      dictionaryBytes += 4 + length;
    }
    store<i32>(indexes + (values << 2), entry);
    values++;
  }
  const indexBytes = (values * bitWidth(entries)) >> 3;
  return 2 * (dictionaryBytes + indexBytes) > plainBytes ? -1 : entries;
}

function isEntry(entry: i32, start: i32, length: i32): bool {
  const entryStart = load<i32>(entryStarts + (entry << 2));
  if (load<i32>(entryEnds + (entry << 2)) - entryStart !== length) return false;
  let offset = 0;
  for (; offset + 8 <= length; offset += 8) {
    if (load<u64>(start + offset) !== load<u64>(entryStart + offset)) return false;
  }
  return offset === length || lastBytes(start, length, offset) === lastBytes(entryStart, length, offset);
}

/** Returns the rest of a text from `offset` on, less than eight bytes. */
function lastBytes(start: i32, length: i32, offset: i32): u64 {
  return load<u64>(start + offset) & (((1 as u64) << (((length - offset) << 3) as u64)) - 1);
}

function hash(start: i32, length: i32): i32 {
  let state: u64 = length;
  let offset = 0;
  for (; offset + 8 <= length; offset += 8) state = mix(state, load<u64>(start + offset));
  if (offset < length) state = mix(state, lastBytes(start, length, offset));
  return (state >> 32) as i32;
}

function mix(state: u64, word: u64): u64 {
  const mixed = (state ^ word) * 0x9e3779b97f4a7c15;
  return mixed ^ (mixed >> 29);
}

function bitWidth(entries: i32): i32 {
  return entries < 3 ? 1 : 32 - clz(entries - 1);
}

/** Writes the indexes of the values: their width in bits, then one packed run of all of them. Needs the dictionary. */
export function writeIndexes(values: i32, entries: i32, output: usize): usize {
  const width = bitWidth(entries);
  store<u8>(output, width as u8);
  const groups = (values + 7) >> 3;
  let at = writeVarint((groups << 1) | 1, output + 1);
  const end = at + groups * width;
  let bits: u64 = 0;
  let filled = 0;
  for (let offset: usize = indexes, last = indexes + (values << 2); offset < last; offset += 4) {
    bits |= (load<u32>(offset) as u64) << (filled as u64);
    filled += width;
    if (filled >= 32) {
      store<u32>(at, bits as u32);
      at += 4;
      bits >>= 32;
      filled -= 32;
    }
  }
  for (; at < end; at++) {
    store<u8>(at, bits as u8);
    bits >>= 8;
  }
  return end;
}

function writeVarint(value: i32, output: usize): usize {
  let at = output;
  let rest = value as u32;
  while (rest > 0x7f) {
    store<u8>(at++, (rest as u8) | 0x80);
    rest >>= 7;
  }
  store<u8>(at, rest as u8);
  return at + 1;
}
