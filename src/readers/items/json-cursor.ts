/** Reads and copies JSON as bytes: text is copied unchanged from source to target, nothing is decoded. */

/**
 * The state of a conversion. `target` must be at least as long as `source` from `at` on: the output for a value is
 * never longer than the part of the value that has been read. It may be `source` itself as long as `length <= at`.
 */
export interface Cursor {
  readonly source: Uint8Array;
  /** End of the readable part of `source`, exclusive. */
  readonly end: number;
  /** Index of the next byte to read. */
  at: number;
  readonly target: Uint8Array;
  /** Number of bytes written to `target`. */
  length: number;
}

/** The bytes are not the expected JSON. The caller knows their origin and turns this into an error message. */
export class JsonFault extends Error {
  readonly expected: string;
  /** Index of the offending byte in the source. */
  readonly offset: number;

  constructor(expected: string, offset: number) {
    super(`expected ${expected} at byte ${offset}`);
    this.name = "JsonFault";
    this.expected = expected;
    this.offset = offset;
  }
}

export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

/** DynamoDB allows 32 levels; much deeper data is not from DynamoDB. */
export const maxDepth = 128;

/** Skips white space and returns the next byte without consuming it; -1 at the end. */
export function peek(cursor: Cursor): number {
  const { source, end } = cursor;
  let { at } = cursor;
  let byte = at < end ? (source[at] as number) : -1;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    at++;
    byte = at < end ? (source[at] as number) : -1;
  }
  cursor.at = at;
  return byte;
}

/** Consumes white space and the given byte. */
export function expect(cursor: Cursor, byte: number): void {
  if (peek(cursor) !== byte) throw fault(cursor, `"${String.fromCharCode(byte)}"`);
  cursor.at++;
}

export function fault(cursor: Cursor, expected: string): JsonFault {
  return new JsonFault(expected, cursor.at);
}

export function put(cursor: Cursor, byte: number): void {
  cursor.target[cursor.length++] = byte;
}

/** Copies a JSON string including quotes and escapes. */
export function copyString(cursor: Cursor): void {
  if (peek(cursor) !== quote) throw fault(cursor, "a string");
  const { source, target, end } = cursor;
  let { at, length } = cursor;
  target[length++] = quote;
  at++;
  while (at < end) {
    const byte = source[at] as number;
    target[length++] = byte;
    at++;
    if (byte === quote) {
      cursor.at = at;
      cursor.length = length;
      return;
    }
    if (byte === backslash) {
      const escaped = escapeLength(source, at);
      if (escaped === 0) throw new JsonFault("an escape of JSON", at);
      for (let copied = 0; copied < escaped; copied++) target[length++] = source[at++] as number;
    } else if (byte < 0x20) {
      throw new JsonFault("no control character in a string", at - 1);
    }
  }
  throw new JsonFault("the closing quote of a string", end);
}

/** Returns the length of an escape after the backslash; 0 if it is not a JSON escape. */
function escapeLength(source: Uint8Array, at: number): number {
  const letter = String.fromCharCode(source[at] ?? 0);
  if (letter !== "u") return '"\\/bfnrt'.includes(letter) ? 1 : 0;
  for (let index = 1; index <= 4; index++) {
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(source[at + index] ?? 0))) return 0;
  }
  return 5;
}

export const trueBytes = Buffer.from("true");
export const falseBytes = Buffer.from("false");
export const nullBytes = Buffer.from("null");

export function copyLiteral(cursor: Cursor, literal: Uint8Array): void {
  for (const byte of literal) {
    if (cursor.at >= cursor.end || cursor.source[cursor.at] !== byte) {
      throw fault(cursor, `"${Buffer.from(literal).toString()}"`);
    }
    cursor.at++;
    put(cursor, byte);
  }
}

/** Copies any JSON value without white space between its tokens. */
export function copyJson(cursor: Cursor, depth = 0): void {
  if (depth > maxDepth) throw fault(cursor, `at most ${maxDepth} levels of nesting`);
  const byte = peek(cursor);
  if (byte === quote) copyString(cursor);
  else if (byte === openBrace || byte === openBracket) copyJsonContainer(cursor, byte, depth);
  else if (byte === 0x74) copyLiteral(cursor, trueBytes);
  else if (byte === 0x66) copyLiteral(cursor, falseBytes);
  else if (byte === 0x6e) copyLiteral(cursor, nullBytes);
  else copyJsonNumber(cursor);
}

function copyJsonContainer(cursor: Cursor, open: number, depth: number): void {
  const close = open === openBrace ? closeBrace : closeBracket;
  cursor.at++;
  put(cursor, open);
  if (peek(cursor) !== close) {
    for (;;) {
      if (open === openBrace) {
        copyString(cursor);
        expect(cursor, colon);
        put(cursor, colon);
      }
      copyJson(cursor, depth + 1);
      if (peek(cursor) !== comma) break;
      cursor.at++;
      put(cursor, comma);
      if (open === openBrace) peek(cursor);
    }
  }
  expect(cursor, close);
  put(cursor, close);
}

function copyJsonNumber(cursor: Cursor): void {
  const { source, end } = cursor;
  let { at } = cursor;
  while (at < end && /[-+.0-9eE]/.test(String.fromCharCode(source[at] as number))) at++;
  const text = Buffer.from(source.buffer, source.byteOffset + cursor.at, at - cursor.at).toString("latin1");
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) throw fault(cursor, "a JSON value");
  for (let index = 0; index < text.length; index++) put(cursor, text.charCodeAt(index));
  cursor.at = at;
}
