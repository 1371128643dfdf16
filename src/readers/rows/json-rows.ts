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
  const keys = columns.map(({ name }, index) => inWords(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:`));
  const quoted = columns.map(({ type }) => type === "text" || type === "date" || type === "timestamp");
  const fixedBytes = keys.reduce((sum, key) => sum + key.length + 6, 4 + wordBytes);
  const output = new GrowingBytes(512 * 1024);
  const before = separator !== "";
  const shape: ObjectShape = { keys, quoted };
  return (batch) => {
    const source = viewOf(batch.bytes);
    let target = viewOf(output.bytes);
    let at = 0;
    for (let row = 0; row < batch.rows; row++) {
      const bytes = output.reserve(at, fixedBytes + longestEscape * rowLength(batch, row));
      if (bytes.buffer !== target.buffer) target = viewOf(bytes);
      if (before) {
        bytes[at++] = comma;
        bytes[at++] = lineFeed;
      }
      at = writeObject({ batch, row, shape, source, target, bytes }, at);
      if (!before) bytes[at++] = lineFeed;
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
  readonly keys: readonly Words[];
  readonly quoted: readonly boolean[];
}

/** One row on its way; each array of bytes comes with a view for reading or writing four of them at once. */
interface RowJob {
  readonly batch: RowBatch;
  readonly row: number;
  readonly shape: ObjectShape;
  readonly source: DataView;
  readonly target: DataView;
  readonly bytes: Uint8Array;
}

function writeObject({ batch, row, shape, source, target, bytes }: RowJob, from: number): number {
  const { starts, ends, width } = batch;
  let at = from;
  if (width === 0) bytes[at++] = 0x7b;
  for (let column = 0, index = row * width; column < width; column++, index++) {
    const key = shape.keys[column] as Words;
    // The last word may write beyond the key, where the cell's bytes follow.
    for (let word = 0; word < key.words.length; word++) target.setInt32(at + 4 * word, key.words[word] as number);
    at += key.length;
    const start = starts[index] as number;
    if (start === nullCell) {
      for (let i = 0; i < 4; i++) bytes[at++] = literals.null[i] as number;
      continue;
    }
    const end = ends[index] as number;
    if (shape.quoted[column] === true) {
      bytes[at++] = quote;
      at = writeText(source, start, end, target, at);
      bytes[at++] = quote;
    } else {
      for (let i = start; i < end; i++) bytes[at++] = batch.bytes[i] as number;
    }
  }
  bytes[at++] = closeBrace;
  return at;
}

/** Copies text four bytes at a time, and byte by byte from where one of them may need an escape. */
function writeText(source: DataView, start: number, end: number, target: DataView, from: number): number {
  let at = from;
  let i = start;
  for (; i + wordBytes <= end; i += wordBytes, at += wordBytes) {
    const word = source.getInt32(i);
    const likeQuote = word ^ 0x22222222;
    const likeBackslash = word ^ 0x5c5c5c5c;
    // Below 0x20, equal to the quote or to the backslash: "Bit Twiddling Hacks", determining if a word has such a byte.
    const found =
      ((word - 0x20202020) & ~word) |
      ((likeQuote - 0x01010101) & ~likeQuote) |
      ((likeBackslash - 0x01010101) & ~likeBackslash);
    if ((found & 0x80808080) !== 0) break;
    target.setInt32(at, word);
  }
  for (; i < end; i++) {
    const byte = source.getUint8(i);
    if (escapes[byte] === 0) target.setUint8(at++, byte);
    else at = writeEscape(byte, target, at);
  }
  return at;
}

function writeEscape(byte: number, target: DataView, at: number): number {
  const letter = escapes[byte] as number;
  target.setUint8(at, backslash);
  target.setUint8(at + 1, letter);
  if (letter !== 0x75) return at + 2;
  target.setUint8(at + 2, zero);
  target.setUint8(at + 3, zero);
  target.setUint8(at + 4, hexDigits[byte >> 4] as number);
  target.setUint8(at + 5, hexDigits[byte & 15] as number);
  return at + 6;
}

/** A text as big-endian words, the last one filled up with zeros. */
interface Words {
  readonly words: Int32Array;
  /** In bytes. */
  readonly length: number;
}

const wordBytes = 4;

function inWords(text: string): Words {
  const bytes = Buffer.from(text);
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / wordBytes) * wordBytes));
  for (const [index, byte] of bytes.entries()) padded.setUint8(index, byte);
  const words = Int32Array.from({ length: padded.byteLength / wordBytes }, (_, word) =>
    padded.getInt32(word * wordBytes),
  );
  return { words, length: bytes.length };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

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
