/**
 * How to interpret a column's text. Cells are always UTF-8 text. The text of a typed column already has the canonical
 * form that JSON would use, so writers copy it instead of parsing it.
 *
 * - `text`: any text
 * - `integer`, `number`: a JSON number
 * - `boolean`: `true` or `false`
 * - `date`, `timestamp`, `datetime`: ISO 8601, with a blank allowed in place of the T; a timestamp has `Z` or an
 *   offset, a datetime neither
 * - `json`: one JSON value of any kind, already encoded
 */
export type ColumnType = "text" | "integer" | "number" | "boolean" | "date" | "timestamp" | "datetime" | "json";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * Rows as ranges over shared bytes. Cell `c` of row `r` is `bytes[starts[i] .. ends[i])` with `i = r * width + c`; a start
 * of -1 is null. The arrays may be longer than `rows * width` and are valid until the producer's next batch.
 */
export interface RowBatch {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly rows: number;
  readonly width: number;
}

export const nullCell = -1;

/** Keeps a U+FEFF at the beginning of a cell: it is text there. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns one cell as a string, or undefined for null. For callers that do not need speed. */
export function cellText(batch: RowBatch, row: number, column: number): string | undefined {
  const index = row * batch.width + column;
  const start = batch.starts[index] as number;
  return start === nullCell ? undefined : decoder.decode(batch.bytes.subarray(start, batch.ends[index]));
}

/** Compares a cell with the given bytes. */
export function cellEquals(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Creates a batch from rows of strings; undefined is null. Every row has `width` cells. */
export function batchOfTexts(width: number, rows: readonly (readonly (string | undefined)[])[]): RowBatch {
  const starts = new Int32Array(rows.length * width);
  const ends = new Int32Array(rows.length * width);
  const texts: string[] = [];
  let index = 0;
  let length = 0;
  for (const row of rows) {
    for (let column = 0; column < width; column++, index++) {
      const text = row[column];
      if (text === undefined) {
        starts[index] = nullCell;
        continue;
      }
      starts[index] = length;
      length += Buffer.byteLength(text);
      ends[index] = length;
      texts.push(text);
    }
  }
  return { bytes: Buffer.from(texts.join("")), starts, ends, rows: rows.length, width };
}
