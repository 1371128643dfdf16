// Converts items of DynamoDB JSON into lines of plain or typed JSON. Driven by ../src/readers/items/kernel.ts.
//
// What is unusual is left to the caller: at an item with anything that is not DynamoDB JSON, the kernel stops before that
// item, and a number that a double may or may not hold is written in quotes and noted.

import { commonNumberEnd, copyText, hasManyDigits } from "./json-text";

const quote: u8 = 0x22;
const comma: u8 = 0x2c;
const colon: u8 = 0x3a;
const openBracket: u8 = 0x5b;
const closeBracket: u8 = 0x5d;
const openBrace: u8 = 0x7b;
const closeBrace: u8 = 0x7d;
const lineFeed: u8 = 0x0a;

/** As in src/readers/items/json-cursor.ts. */
const maxDepth = 128;

/** Address of the next byte to read. */
export let itemsAt: usize = 0;
/** Address behind the last byte written. */
export let linesEnd: usize = 0;
/** Lines written. */
export let itemCount: i32 = 0;
/** Address behind the last note. */
export let notesEnd: usize = 0;

let end: usize = 0;
let isTyped: bool = false;
let quotesNumbers: bool = false;
let tagsSets: bool = false;
let notesEveryNumber: bool = false;
let notesStart: usize = 0;
let notesLimit: usize = 0;

/** `everyNumber` notes each number that is not canonical, else those that may be exact. */
export function setItemStyle(typed: bool, stringNumbers: bool, everyNumber: bool, taggedSets: bool): void {
  isTyped = typed;
  quotesNumbers = stringNumbers;
  notesEveryNumber = everyNumber;
  tagsSets = taggedSets;
}

/** Sets the room for notes: three words each, where a number in quotes was written, where that ends, and where it was read. */
export function setItemNotes(from: usize, to: usize): void {
  notesStart = from;
  notesLimit = to;
}

/**
 * Reads items from `from` on, with the commas between them, and writes each as a line at `output`. Lines beyond
 * `maxLines` are not kept.
 *
 * @returns 1 after an item that no comma follows; 0 before an item for the caller.
 */
export function convertItems(from: usize, to: usize, output: usize, maxLines: i32): i32 {
  itemsAt = from;
  end = to;
  linesEnd = output;
  itemCount = 0;
  notesEnd = notesStart;
  while (true) {
    const itemAt = itemsAt;
    const lineAt = linesEnd;
    const notesAt = notesEnd;
    if (!(isTyped ? peek() === openBrace && copyJson(0) : copyMap(0))) {
      itemsAt = itemAt;
      linesEnd = lineAt;
      notesEnd = notesAt;
      return 0;
    }
    if (itemCount < maxLines) {
      put(lineFeed);
      itemCount++;
    } else {
      linesEnd = lineAt;
      notesEnd = notesAt;
    }
    if (peek() !== comma) return 1;
    itemsAt++;
  }
}

/** Skips white space and returns the next byte without consuming it; 0 at the end. */
function peek(): u8 {
  const byte = load<u8>(itemsAt);
  return byte > 0x20 && itemsAt < end ? byte : peekBehindSpace();
}

function peekBehindSpace(): u8 {
  for (; itemsAt < end; itemsAt++) {
    const byte = load<u8>(itemsAt);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
  }
  return 0;
}

function take(byte: u8): bool {
  if (peek() !== byte) return false;
  itemsAt++;
  return true;
}

function put(byte: u8): void {
  store<u8>(linesEnd++, byte);
}

function copyMap(depth: i32): bool {
  if (depth > maxDepth || !take(openBrace)) return false;
  put(openBrace);
  if (peek() !== closeBrace) {
    while (true) {
      if (!copyString() || !take(colon)) return false;
      put(colon);
      if (!copyValue(depth)) return false;
      if (peek() !== comma) break;
      itemsAt++;
      put(comma);
    }
  }
  if (!take(closeBrace)) return false;
  put(closeBrace);
  return true;
}

function copyList(depth: i32): bool {
  if (depth > maxDepth || !take(openBracket)) return false;
  put(openBracket);
  if (peek() !== closeBracket) {
    while (true) {
      if (!copyValue(depth)) return false;
      if (peek() !== comma) break;
      itemsAt++;
      put(comma);
    }
  }
  if (!take(closeBracket)) return false;
  put(closeBracket);
  return true;
}

/** `{"S":"a"}` and the like: the tag decides. */
function copyValue(depth: i32): bool {
  if (!take(openBrace) || peek() !== quote) return false;
  const tag = load<u8>(itemsAt + 1);
  const next = load<u8>(itemsAt + 2);
  let done: bool = false;
  if (next === quote) {
    itemsAt += 3;
    if (!take(colon)) return false;
    if (tag === 0x53 || tag === 0x42) done = copyString();
    else if (tag === 0x4e) done = copyNumber();
    else if (tag === 0x4d) done = copyMap(depth + 1);
    else if (tag === 0x4c) done = copyList(depth + 1);
  } else if (next === 0x53) {
    if (load<u8>(itemsAt + 3) !== quote || (tag !== 0x53 && tag !== 0x4e && tag !== 0x42)) return false;
    itemsAt += 4;
    done = take(colon) && copySet(tag);
  } else if (load<u32>(itemsAt + 1) === 0x4c4f4f42 && load<u8>(itemsAt + 5) === quote) {
    itemsAt += 6;
    done = take(colon) && copyBoolean();
  } else if (load<u32>(itemsAt + 1) === 0x4c4c554e && load<u8>(itemsAt + 5) === quote) {
    itemsAt += 6;
    done = take(colon) && peek() === 0x74 && skipTrue();
    store<u32>(linesEnd, 0x6c6c756e); // null
    linesEnd += 4;
  }
  return done && take(closeBrace);
}

function copyBoolean(): bool {
  const first = peek();
  if (first === 0x74) {
    if (!skipTrue()) return false;
    store<u32>(linesEnd, 0x65757274); // true
    linesEnd += 4;
    return true;
  }
  if (first !== 0x66 || itemsAt + 5 > end || load<u32>(itemsAt + 1) !== 0x65736c61) return false;
  store<u8>(linesEnd, 0x66); // false
  store<u32>(linesEnd + 1, 0x65736c61);
  itemsAt += 5;
  linesEnd += 5;
  return true;
}

function skipTrue(): bool {
  if (itemsAt + 4 > end || load<u32>(itemsAt) !== 0x65757274) return false;
  itemsAt += 4;
  return true;
}

function copySet(tag: u8): bool {
  if (tagsSets) {
    store<u16>(linesEnd, 0x227b); // {"
    store<u8>(linesEnd + 2, tag);
    store<u16>(linesEnd + 3, 0x2253); // S"
    store<u8>(linesEnd + 5, colon);
    linesEnd += 6;
  }
  if (!take(openBracket)) return false;
  put(openBracket);
  if (peek() !== closeBracket) {
    while (true) {
      if (!(tag === 0x4e ? copyNumber() : copyString())) return false;
      if (peek() !== comma) break;
      itemsAt++;
      put(comma);
    }
  }
  if (!take(closeBracket)) return false;
  put(closeBracket);
  if (tagsSets) put(closeBrace);
  return true;
}

/** Copies a JSON string including quotes and escapes. */
function copyString(): bool {
  if (peek() !== quote) return false;
  const behind = copyText(itemsAt, end, linesEnd);
  if (behind === 0) return false;
  linesEnd += behind - itemsAt;
  itemsAt = behind;
  return true;
}

function copyNumber(): bool {
  if (quotesNumbers) return copyString();
  if (peek() !== quote) return false;
  const start = itemsAt + 1;
  const close = commonNumberEnd(start);
  if (close === start || close >= end) return copyUncommonNumber();
  const length = close - start;
  v128.store(linesEnd, v128.load(start));
  // At most a sign, a point and 15 digits.
  if (length > 16) store<u8>(linesEnd + 16, load<u8>(start + 16));
  linesEnd += length;
  itemsAt = close + 1;
  return true;
}

/** Copies a number in quotes, and notes it unless it must stay so. */
function copyUncommonNumber(): bool {
  const source = itemsAt;
  const start = linesEnd;
  if (!copyString()) return false;
  if (!notesEveryNumber && hasManyDigits(start + 1, linesEnd - 1)) return true;
  if (notesEnd + 12 > notesLimit) return false;
  store<u32>(notesEnd, start as u32);
  store<u32>(notesEnd + 4, linesEnd as u32);
  store<u32>(notesEnd + 8, source as u32);
  notesEnd += 12;
  return true;
}

/** Copies any JSON value but a number, without white space between its tokens. */
function copyJson(depth: i32): bool {
  if (depth > maxDepth) return false;
  const byte = peek();
  if (byte === quote) return copyString();
  if (byte === 0x74 || byte === 0x66) return copyBoolean();
  if (byte !== openBrace && byte !== openBracket) return false;
  const close = byte === openBrace ? closeBrace : closeBracket;
  itemsAt++;
  put(byte);
  if (peek() !== close) {
    while (true) {
      if (byte === openBrace) {
        if (!copyString() || !take(colon)) return false;
        put(colon);
      }
      if (!copyJson(depth + 1)) return false;
      if (peek() !== comma) break;
      itemsAt++;
      put(comma);
    }
  }
  if (!take(close)) return false;
  put(close);
  return true;
}
