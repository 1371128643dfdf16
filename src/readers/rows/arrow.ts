import {
  AsyncByteQueue,
  Bool,
  BufferType,
  Data,
  DateDay,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";
import type { DataType } from "apache-arrow";
import type { Column, ColumnType, RowBatch } from "./batch.js";
import type { RowEncoder } from "./encoder.js";
import { ColumnGroup, textsOf } from "./column-group.js";
import type { ColumnCells } from "./column-group.js";
import { numbersOf, packBits } from "./values.js";

const arrowTypes: Readonly<Record<ColumnType, () => DataType>> = {
  text: () => new Utf8(),
  json: () => new Utf8(),
  integer: () => new Int64(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  date: () => new DateDay(),
  timestamp: () => new TimestampMicrosecond("UTC"),
  datetime: () => new TimestampMicrosecond(),
};

/** Writes an Arrow IPC file, also known as Feather version 2. Copies text from input to file without strings. */
export function createArrowEncoder(columns: readonly Column[]): RowEncoder {
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, arrowTypes[type](), true)));
  const struct = new Struct(schema.fields);
  const queue = new CollectingQueue();
  const writer = new RecordBatchFileWriter();
  writer.reset(queue, schema);
  const group = new ColumnGroup(columns.length);
  const writeBatch = () => {
    if (group.rows === 0) return;
    const length = group.rows;
    const children = columns.map(({ type }, index) => columnData(type, group.cells(index), length));
    writer.write(new RecordBatch(schema, makeData({ type: struct, length, nullCount: 0, children })));
    group.clear();
  };
  return {
    encode(batch: RowBatch) {
      for (let from = 0; from < batch.rows;) {
        from = group.add(batch, from);
        if (group.full) writeBatch();
      }
      return queue.take();
    },
    finish() {
      writeBatch();
      group.close();
      writer.finish();
      return queue.take();
    },
  };
}

/** Collects the writer's output at once instead of handing it to a stream. */
class CollectingQueue extends AsyncByteQueue {
  #pieces: Uint8Array[] = [];

  // The writer passes on its input buffers, which are refilled after each batch, so they are copied.
  override write(value: Parameters<AsyncByteQueue["write"]>[0]): void {
    const { buffer, byteOffset, byteLength } = value as Uint8Array;
    this.#pieces.push(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
  }

  take(): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    return Buffer.concat(pieces);
  }
}

/** Copies buffers from the kernel, because the next column reuses its memory. */
function columnData(type: ColumnType, cells: ColumnCells, length: number): Data {
  const { nulls, validity, offsets, bytes } = cells;
  const create = (buffers: Partial<Data["buffers"]>) =>
    new Data(arrowTypes[type](), 0, length, nulls, {
      ...buffers,
      [BufferType.VALIDITY]: validity?.slice() ?? new Uint8Array(0),
    });
  if (type === "text" || type === "json") {
    return create({ [BufferType.OFFSET]: offsets.slice(), [BufferType.DATA]: bytes.slice() });
  }
  const numbers = numbersOf(type, textsOf(cells));
  return create({ [BufferType.DATA]: type === "boolean" ? packBits(numbers as Uint8Array) : numbers });
}
