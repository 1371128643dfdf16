import { classifyNumber } from "./decimal.js";
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  copyJson,
  copyLiteral,
  copyString,
  expect,
  falseBytes,
  fault,
  JsonFault,
  maxDepth,
  nullBytes,
  openBrace,
  openBracket,
  peek,
  put,
  quote,
  trueBytes,
} from "./json-cursor.js";
import type { Cursor } from "./json-cursor.js";

/** How to write attribute values as JSON. */
export interface ItemStyle {
  /** Keeps DynamoDB JSON (`{"S":"a"}`); then the other two options have no effect. */
  readonly typed: boolean;
  /**
   * `auto`: a JSON number if an IEEE 754 double holds it exactly as written, else a string. `json`: a JSON number with
   * all digits, which most JSON parsers round. `number`: a JSON number rounded to the nearest double.
   */
  readonly numbers: "auto" | "string" | "number" | "json";
  /** `tagged` writes a set as `{"SS":[…]}`, `{"NS":[…]}` or `{"BS":[…]}` to distinguish it from a list. */
  readonly sets: "array" | "tagged";
}

export const plainStyle: ItemStyle = { typed: false, numbers: "auto", sets: "array" };

/**
 * Copies one item, a JSON object of attribute names and DynamoDB JSON values, in the given style. Text is copied byte
 * for byte with its escapes, and numbers are converted only on request, so nothing is lost.
 *
 * @throws JsonFault when the bytes are not an item
 */
export function transcodeItem(cursor: Cursor, style: ItemStyle): void {
  if (style.typed) {
    if (peek(cursor) !== openBrace) throw fault(cursor, '"{"');
    copyJson(cursor, 0);
  } else {
    copyMap(cursor, style, 0);
  }
}

function copyMap(cursor: Cursor, style: ItemStyle, depth: number): void {
  if (depth > maxDepth) throw fault(cursor, `at most ${maxDepth} levels of nesting`);
  expect(cursor, openBrace);
  put(cursor, openBrace);
  if (peek(cursor) !== closeBrace) {
    for (;;) {
      copyString(cursor);
      expect(cursor, colon);
      put(cursor, colon);
      copyAttributeValue(cursor, style, depth);
      if (peek(cursor) !== comma) break;
      cursor.at++;
      put(cursor, comma);
    }
  }
  expect(cursor, closeBrace);
  put(cursor, closeBrace);
}

function copyAttributeValue(cursor: Cursor, style: ItemStyle, depth: number): void {
  expect(cursor, openBrace);
  const tag = readTag(cursor);
  expect(cursor, colon);
  switch (tag) {
    case "S":
    case "B":
      copyString(cursor);
      break;
    case "N":
      copyNumber(cursor, style);
      break;
    case "M":
      copyMap(cursor, style, depth + 1);
      break;
    case "L":
      copyList(cursor, style, depth + 1);
      break;
    case "BOOL":
      copyLiteral(cursor, peek(cursor) === 0x74 ? trueBytes : falseBytes);
      break;
    case "NULL":
      skipTrue(cursor);
      for (const byte of nullBytes) put(cursor, byte);
      break;
    case "SS":
    case "BS":
    case "NS":
      copySet(cursor, style, tag);
      break;
  }
  expect(cursor, closeBrace);
}

type Tag = "S" | "N" | "B" | "M" | "L" | "BOOL" | "NULL" | "SS" | "NS" | "BS";

function readTag(cursor: Cursor): Tag {
  if (peek(cursor) !== quote) throw fault(cursor, "a type tag");
  const { source, at } = cursor;
  const tag = tagAt(source, at + 1);
  if (tag === undefined || source[at + 1 + tag.length] !== quote) {
    throw fault(cursor, 'one of the type tags "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"');
  }
  cursor.at = at + tag.length + 2;
  return tag;
}

function tagAt(source: Uint8Array, at: number): Tag | undefined {
  const next = source[at + 1];
  switch (source[at]) {
    case 0x53: // S
      return next === quote ? "S" : starting(source, at, "SS");
    case 0x4e: // N
      return next === quote ? "N" : (starting(source, at, "NS") ?? starting(source, at, "NULL"));
    case 0x42: // B
      return next === quote ? "B" : (starting(source, at, "BOOL") ?? starting(source, at, "BS"));
    case 0x4d: // M
      return "M";
    case 0x4c: // L
      return "L";
    default:
      return undefined;
  }
}

function starting<T extends Tag>(source: Uint8Array, at: number, tag: T): T | undefined {
  for (let index = 1; index < tag.length; index++) {
    if (source[at + index] !== tag.charCodeAt(index)) return undefined;
  }
  return tag;
}

function copyList(cursor: Cursor, style: ItemStyle, depth: number): void {
  if (depth > maxDepth) throw fault(cursor, `at most ${maxDepth} levels of nesting`);
  expect(cursor, openBracket);
  put(cursor, openBracket);
  if (peek(cursor) !== closeBracket) {
    for (;;) {
      copyAttributeValue(cursor, style, depth);
      if (peek(cursor) !== comma) break;
      cursor.at++;
      put(cursor, comma);
    }
  }
  expect(cursor, closeBracket);
  put(cursor, closeBracket);
}

function copySet(cursor: Cursor, style: ItemStyle, tag: "SS" | "NS" | "BS"): void {
  const tagged = style.sets === "tagged";
  if (tagged) for (const character of `{"${tag}":`) put(cursor, character.charCodeAt(0));
  expect(cursor, openBracket);
  put(cursor, openBracket);
  if (peek(cursor) !== closeBracket) {
    for (;;) {
      if (tag === "NS") copyNumber(cursor, style);
      else copyString(cursor);
      if (peek(cursor) !== comma) break;
      cursor.at++;
      put(cursor, comma);
    }
  }
  expect(cursor, closeBracket);
  put(cursor, closeBracket);
  if (tagged) put(cursor, closeBrace);
}

/** Every decimal of up to this many digits survives conversion to a double. */
const safeDigits = 15;

function copyNumber(cursor: Cursor, style: ItemStyle): void {
  if (style.numbers === "string") {
    copyString(cursor);
    return;
  }
  if (peek(cursor) !== quote) throw fault(cursor, "a number in quotes");
  const { source, target } = cursor;
  const start = cursor.at + 1;
  const close = commonNumberEnd(source, start);
  if (close === start || close >= cursor.end) {
    copyUncommonNumber(cursor, style);
    return;
  }
  let { length } = cursor;
  for (let index = start; index < close; index++) target[length++] = source[index] as number;
  cursor.length = length;
  cursor.at = close + 1;
}

/** Returns the index after a number that is valid JSON as written and that a double holds exactly, else `start`. */
function commonNumberEnd(source: Uint8Array, start: number): number {
  let at = source[start] === minus ? start + 1 : start;
  const first = at;
  while (isDigit(source[at])) at++;
  let digits = at - first;
  if (digits === 0 || (source[first] === zero && digits > 1)) return start;
  if (source[at] === point) {
    const fraction = at + 1;
    at = fraction;
    while (isDigit(source[at])) at++;
    if (at === fraction) return start;
    digits += at - fraction;
  } else if (source[first] === zero && first > start) {
    return start;
  }
  return digits <= safeDigits && source[at] === quote ? at : start;
}

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39;
}

/** Copies numbers with an exponent, more than 15 digits, or a notation that DynamoDB itself does not use. */
function copyUncommonNumber(cursor: Cursor, style: ItemStyle): void {
  const start = cursor.length;
  const at = cursor.at;
  copyString(cursor);
  const text = Buffer.from(cursor.target.buffer, cursor.target.byteOffset + start + 1, cursor.length - start - 2);
  const shown = formatUncommonNumber(text.toString("latin1"), style, at);
  if (shown === undefined) return;
  cursor.length = start;
  for (let index = 0; index < shown.length; index++) put(cursor, shown.charCodeAt(index));
}

/**
 * @param at Where the number was read.
 * @returns The number as JSON, never longer than in quotes; undefined if it stays a string.
 * @throws JsonFault
 */
export function formatUncommonNumber(text: string, { numbers }: ItemStyle, at: number): string | undefined {
  const { json, exact } = classifyNumber(text);
  if (json === undefined) {
    if (numbers === "auto") return undefined;
    throw new JsonFault("a decimal number", at);
  }
  if (!exact && numbers === "auto") return undefined;
  if (numbers !== "number" || exact) return json;
  // DynamoDB's numbers end at 1E+126, far below the greatest double. JSON has no infinity.
  return Number.isFinite(Number(json)) ? String(Number(json)) : undefined;
}

function skipTrue(cursor: Cursor): void {
  const { length } = cursor;
  peek(cursor);
  copyLiteral(cursor, trueBytes);
  cursor.length = length;
}
