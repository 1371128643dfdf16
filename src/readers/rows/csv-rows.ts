import { GrowingBytes } from "./growing-bytes.js";
import { nullCell } from "./row-batch.js";
import type { Column, RowBatch } from "./row-batch.js";
import type { RowEncoder } from "./row-encoder.js";

const quote = 0x22;
const comma = 0x2c;
const lineFeed = 0x0a;
const special = new Uint8Array(256);
for (const byte of [quote, comma, lineFeed, 0x0d]) special[byte] = 1;

/**
 * CSV by RFC 4180 with a header line, but with `\n` line ends; a cell is quoted only when it must be. Null and blank both
 * become an empty cell.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function createCsvEncoder(columns: readonly Column[]): RowEncoder {
  const output = new GrowingBytes(512 * 1024);
  const header = encodeHeader(columns);
  let headerPending = true;
  return {
    encode(batch) {
      let at = 0;
      if (headerPending) {
        output.reserve(0, header.length).set(header);
        at = header.length;
        headerPending = false;
      }
      for (let row = 0; row < batch.rows; row++) {
        const target = output.reserve(at, longestRow(batch, row));
        at = writeRow(batch, row, target, at);
      }
      return output.bytes.subarray(0, at);
    },
    finish: () => (headerPending ? header : new Uint8Array(0)),
  };
}

function encodeHeader(columns: readonly Column[]): Uint8Array {
  if (columns.length === 0) return new Uint8Array(0);
  const names = columns.map(({ name }) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return Buffer.from(`${names.length === 1 && names[0] === "" ? '""' : names.join(",")}\n`);
}

function longestRow({ starts, ends, width }: RowBatch, row: number): number {
  let length = width * 3 + 1;
  for (let index = row * width, last = index + width; index < last; index++) {
    if (starts[index] !== nullCell) length += 2 * ((ends[index] as number) - (starts[index] as number));
  }
  return length;
}

function writeRow({ bytes, starts, ends, width }: RowBatch, row: number, target: Uint8Array, from: number): number {
  let at = from;
  for (let column = 0, index = row * width; column < width; column++, index++) {
    if (column > 0) target[at++] = comma;
    const start = starts[index] as number;
    if (start !== nullCell) at = writeCell(bytes, start, ends[index] as number, target, at);
  }
  // An empty line would be no row at all.
  if (width === 1 && at === from) {
    target[at++] = quote;
    target[at++] = quote;
  }
  target[at++] = lineFeed;
  return at;
}

function writeCell(bytes: Uint8Array, start: number, end: number, target: Uint8Array, from: number): number {
  let at = from;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (special[byte] === 1) return writeQuoted(bytes, start, end, target, from);
    target[at++] = byte;
  }
  return at;
}

function writeQuoted(bytes: Uint8Array, start: number, end: number, target: Uint8Array, from: number): number {
  let at = from;
  target[at++] = quote;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === quote) target[at++] = quote;
    target[at++] = byte;
  }
  target[at++] = quote;
  return at;
}
