import { cellEquals, nullCell } from "../rows/batch.js";
import type { Column, ColumnType, RowBatch } from "../rows/batch.js";
import type { CellSource, RowTest } from "./row-test.js";
import { isOfType } from "./column-types.js";

export interface SelectionPlan {
  readonly columns: readonly Column[];
  readonly sources: readonly CellSource[];
  /** All must pass. They may test columns that are not written. */
  readonly tests: readonly RowTest[];
  /** Cells of exactly these bytes are null. */
  readonly nulls: readonly Uint8Array[];
  /** The ranges of JSON's `true` and `false` in each batch, for booleans that are spelled differently. */
  readonly words: Readonly<Record<"true" | "false", Place>>;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** A cell that does not match its column's type. */
export class CellTypeError extends Error {
  readonly row: number;
  readonly column: string;
  readonly type: ColumnType;
  readonly text: string;
  constructor(row: number, { name, type }: Column, text: string) {
    super(`"${text}" is not of type ${type}`);
    this.name = "CellTypeError";
    this.row = row;
    this.column = name;
    this.type = type;
    this.text = text;
  }
}

export type RowSelector = (batch: RowBatch, maxRows: number) => RowBatch;

/**
 * Selects rows and columns of batches without copying their bytes. In a typed column, a blank becomes null and any
 * other cell is checked.
 *
 * @throws CellTypeError when a cell does not match its column's type.
 */
export function createRowSelector({ columns, sources, tests, nulls, words }: SelectionPlan): RowSelector {
  const width = columns.length;
  const typed = columns.some(({ type }) => type !== "text");
  const inOrder = sources.every((source, index) => source.kind === "cell" && source.column === index);
  let starts = new Int32Array(0);
  let ends = new Int32Array(0);
  return (batch, maxRows) => {
    if (inOrder && !typed && tests.length === 0 && nulls.length === 0 && batch.width === width) {
      return batch.rows <= maxRows ? batch : { ...batch, rows: maxRows };
    }
    if (starts.length < batch.rows * width) {
      starts = new Int32Array(batch.rows * width * 2);
      ends = new Int32Array(batch.rows * width * 2);
    }
    let rows = 0;
    for (let row = 0; row < batch.rows && rows < maxRows; row++) {
      const first = row * batch.width;
      if (!tests.every((test) => test(batch, first))) continue;
      for (let column = 0, index = rows * width; column < width; column++, index++) {
        const source = sources[column] as CellSource;
        starts[index] =
          source.kind === "cell"
            ? (batch.starts[first + source.column] as number)
            : source.kind === "null"
              ? nullCell
              : source.start;
        ends[index] =
          source.kind === "cell"
            ? (batch.ends[first + source.column] as number)
            : source.kind === "null"
              ? nullCell
              : source.end;
      }
      if (nulls.length > 0) dropNulls(batch.bytes, starts, ends, { nulls, from: rows * width, width });
      if (typed) checkTypes(batch, row, { columns, words, starts, ends, from: rows * width });
      rows++;
    }
    return { bytes: batch.bytes, starts, ends, rows, width };
  };
}

function dropNulls(
  bytes: Uint8Array,
  starts: Int32Array,
  ends: Int32Array,
  { nulls, from, width }: { readonly nulls: readonly Uint8Array[]; readonly from: number; readonly width: number },
): void {
  for (let index = from; index < from + width; index++) {
    const [start, end] = [starts[index] as number, ends[index] as number];
    if (start !== nullCell && nulls.some((text) => cellEquals(bytes, start, end, text))) starts[index] = nullCell;
  }
}

interface SelectedRow {
  readonly columns: readonly Column[];
  readonly words: SelectionPlan["words"];
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly from: number;
}

function checkTypes({ bytes }: RowBatch, row: number, { columns, words, starts, ends, from }: SelectedRow): void {
  for (const [offset, column] of columns.entries()) {
    const start = starts[from + offset] as number;
    const end = ends[from + offset] as number;
    if (column.type === "text" || start === nullCell) continue;
    if (start === end) {
      starts[from + offset] = nullCell;
      continue;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    if (!isOfType(text, column.type)) throw new CellTypeError(row, column, text);
    if (column.type !== "boolean" || text === "true" || text === "false") continue;
    const word = words[text.toLowerCase() === "true" ? "true" : "false"];
    starts[from + offset] = word.start;
    ends[from + offset] = word.end;
  }
}
