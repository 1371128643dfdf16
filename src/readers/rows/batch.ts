/**
 * How a column's text is to be read. Cells are always UTF-8 text; a typed column's text is already in the canonical form
 * that JSON would use, so that writers copy it instead of parsing it.
 *
 * - `text`: any text
 * - `integer`, `number`: a JSON number
 * - `boolean`: `true` or `false`
 * - `date`, `timestamp`, `datetime`: ISO 8601, with a blank allowed in place of the T; a timestamp carries `Z` or an offset,
 *   a datetime neither
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

/** A U+FEFF at the beginning of a cell is text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One cell as a string, for writers and tests that need no speed; undefined for null. */
export function cellText(batch: RowBatch, row: number, column: number): string | undefined {
  const index = row * batch.width + column;
  const start = batch.starts[index] as number;
  return start === nullCell ? undefined : decoder.decode(batch.bytes.subarray(start, batch.ends[index]));
}

/** Whether a cell is exactly these bytes. */
export function cellEquals(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Makes a batch of rows of strings; undefined is null. Every row has `width` cells. */
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
