import { GrowingBytes } from "./growing-bytes.js";
import { nullCell } from "./row-batch.js";
import type { Column, RowBatch } from "./row-batch.js";
import type { RowEncoder } from "./row-encoder.js";

const quote = 0x22;
const backslash = 0x5c;
const lineFeed = 0x0a;
const comma = 0x2c;
const closeBrace = 0x7d;
const zero = 0x30;

/** What an ASCII byte costs and becomes inside a JSON string: 0 itself, else the letter after the backslash (`u` = \u00XX). */
const escapes = escapeTable();
const hexDigits = Buffer.from("0123456789abcdef");
/** A byte becomes at most `\u00XX`. */
const longestEscape = 6;
const literals = { null: Buffer.from("null") };

/** One JSON object a line; keys in column order, null cells as `null`. */
export function createNdjsonEncoder(columns: readonly Column[]): RowEncoder {
  const encodeRows = createObjectEncoder(columns, "");
  return { encode: (batch) => encodeRows(batch), finish: () => new Uint8Array(0) };
}

/** One JSON array with an object on each line. */
export function createJsonEncoder(columns: readonly Column[]): RowEncoder {
  const encodeRows = createObjectEncoder(columns, ",");
  let opened = false;
  return {
    encode(batch) {
      if (batch.rows === 0) return new Uint8Array(0);
      const rows = encodeRows(batch);
      if (opened) return rows;
      opened = true;
      // The first row must not begin with its separator.
      return Buffer.concat([Buffer.from("[\n"), rows.subarray(2)]);
    },
    finish: () => Buffer.from(opened ? "\n]\n" : "[]\n"),
  };
}

/**
 * Writes each row as a JSON object, copying the cells' bytes. With a separator it stands before each row, with its line
 * feed; without one each row ends in a line feed.
 */
function createObjectEncoder(columns: readonly Column[], separator: string): (batch: RowBatch) => Uint8Array {
  const keys = columns.map(({ name }, index) => Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:`));
  const quoted = columns.map(({ type }) => type === "text" || type === "date" || type === "timestamp");
  const fixedBytes = keys.reduce((sum, key) => sum + key.length + 6, 4);
  const output = new GrowingBytes(512 * 1024);
  const before = separator !== "";
  return (batch) => {
    let at = 0;
    for (let row = 0; row < batch.rows; row++) {
      const target = output.reserve(at, fixedBytes + longestEscape * rowLength(batch, row));
      if (before) {
        target[at++] = comma;
        target[at++] = lineFeed;
      }
      at = writeObject(batch, row, { keys, quoted }, target, at);
      if (!before) target[at++] = lineFeed;
    }
    return output.bytes.subarray(0, at);
  };
}

function rowLength({ starts, ends, width }: RowBatch, row: number): number {
  let length = 0;
  for (let index = row * width, last = index + width; index < last; index++) {
    if (starts[index] !== nullCell) length += (ends[index] as number) - (starts[index] as number);
  }
  return length;
}

interface ObjectShape {
  readonly keys: readonly Uint8Array[];
  readonly quoted: readonly boolean[];
}

function writeObject(batch: RowBatch, row: number, shape: ObjectShape, target: Uint8Array, from: number): number {
  const { bytes, starts, ends, width } = batch;
  let at = from;
  if (width === 0) target[at++] = 0x7b;
  for (let column = 0, index = row * width; column < width; column++, index++) {
    const key = shape.keys[column] as Uint8Array;
    for (let i = 0; i < key.length; i++) target[at++] = key[i] as number;
    const start = starts[index] as number;
    if (start === nullCell) {
      for (let i = 0; i < 4; i++) target[at++] = literals.null[i] as number;
      continue;
    }
    const end = ends[index] as number;
    if (shape.quoted[column] === true) {
      target[at++] = quote;
      at = writeEscaped(bytes, start, end, target, at);
      target[at++] = quote;
    } else {
      for (let i = start; i < end; i++) target[at++] = bytes[i] as number;
    }
  }
  target[at++] = closeBrace;
  return at;
}

function writeEscaped(bytes: Uint8Array, start: number, end: number, target: Uint8Array, from: number): number {
  let at = from;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const escape = escapes[byte] as number;
    if (escape === 0) {
      target[at++] = byte;
      continue;
    }
    target[at++] = backslash;
    target[at++] = escape;
    if (escape === 0x75) {
      target[at++] = zero;
      target[at++] = zero;
      target[at++] = hexDigits[byte >> 4] as number;
      target[at++] = hexDigits[byte & 15] as number;
    }
  }
  return at;
}

/** The short escapes of RFC 8259 section 7. */
function escapeTable(): Uint8Array {
  const table = new Uint8Array(256);
  table.fill(0x75, 0, 0x20);
  const short: Record<string, number> = { '"': quote, "\\": backslash, "\b": 8, "\f": 12, "\n": 10, "\r": 13, "\t": 9 };
  const letters: Record<string, string> = {
    '"': '"',
    "\\": "\\",
    "\b": "b",
    "\f": "f",
    "\n": "n",
    "\r": "r",
    "\t": "t",
  };
  for (const [character, code] of Object.entries(short)) table[code] = (letters[character] as string).charCodeAt(0);
  return table;
}
