import { nullCell } from "./batch.js";
import type { Column, ColumnType, RowBatch } from "./batch.js";

/** A cell as a JavaScript value. Integers too large for a number are bigints; dates and times stay ISO 8601 text. */
export type Cell = string | number | bigint | boolean | null;

/** One row: values by column name, in column order. */
export type Row = Readonly<Record<string, Cell>>;

/** Yields the rows of a batch one by one. Each is a copy that stays valid after the batch. */
export function* listRows(columns: readonly Column[], { bytes, starts, ends, rows, width }: RowBatch): Generator<Row> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readers = columns.map(({ type }) => readerOf(type));
  // An assignment to `__proto__` would set the prototype.
  const isPlain = columns.every(({ name }) => name !== "__proto__");
  for (let row = 0; row < rows; row++) {
    const cellAt = (column: number): Cell => {
      const index = row * width + column;
      const start = starts[index] as number;
      if (start === nullCell) return null;
      const cell = text.toString("utf8", start, ends[index]);
      return readers[column]?.(cell) ?? cell;
    };
    if (!isPlain) {
      yield Object.fromEntries(columns.map(({ name }, column) => [name, cellAt(column)]));
      continue;
    }
    const object: Record<string, Cell> = {};
    for (let column = 0; column < width; column++) object[(columns[column] as Column).name] = cellAt(column);
    yield object;
  }
}

function readerOf(type: ColumnType): ((text: string) => Cell) | undefined {
  switch (type) {
    case "integer":
      return (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));
    case "number":
      return Number;
    case "boolean":
      return (text) => text === "true";
    case "json":
    case "text":
    case "date":
    case "timestamp":
    case "datetime":
      return undefined;
  }
}
