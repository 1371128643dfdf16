import { GrowingBytes } from "../rows/growing-bytes.js";
import { nullCell } from "../rows/batch.js";
import type { Column, RowBatch } from "../rows/batch.js";
import { visitMembers } from "./members.js";

const quote = 0x22;
const backslash = 0x5c;

/**
 * Converts items into rows. The cell of a string without escapes points into the input; a string with escapes is
 * decoded into a buffer after the items. Lists, maps and sets stay JSON text. Null and a missing attribute become null.
 */
export function createItemRows(columns: readonly Column[]): (lines: Uint8Array) => RowBatch {
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  const width = columns.length;
  const cells = new GrowingBytes(0);
  let starts = new Int32Array(0);
  let ends = new Int32Array(0);
  return (lines) => {
    const capacity = countLines(lines) * width;
    if (capacity > starts.length) {
      starts = new Int32Array(capacity);
      ends = new Int32Array(capacity);
    }
    starts.fill(nullCell, 0, capacity);
    cells.reserve(0, lines.length).set(lines);
    let length = lines.length;
    let rows = 0;
    visitMembers(
      lines,
      (name, start, end) => {
        const column = indexes.get(name);
        if (column === undefined || lines[start] === 0x6e) return;
        const index = rows * width + column;
        if (lines[start] !== quote) {
          starts[index] = start;
          ends[index] = end;
        } else if (!hasEscape(lines, start, end)) {
          starts[index] = start + 1;
          ends[index] = end - 1;
        } else {
          const text = decodeString(lines, start, end);
          cells.reserve(length, text.length).set(text, length);
          starts[index] = length;
          length += text.length;
          ends[index] = length;
        }
      },
      () => rows++,
    );
    return { bytes: cells.bytes, starts, ends, rows, width };
  };
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = lines.indexOf(0x0a); at !== -1; at = lines.indexOf(0x0a, at + 1)) count++;
  return count + 1;
}

function hasEscape(lines: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (lines[at] === backslash) return true;
  return false;
}

function decodeString(lines: Uint8Array, start: number, end: number): Uint8Array {
  const text = Buffer.from(lines.buffer, lines.byteOffset + start, end - start).toString("utf8");
  return Buffer.from(JSON.parse(text) as string);
}
