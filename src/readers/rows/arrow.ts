import {
  AsyncByteQueue,
  Bool,
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
import type { Data, DataType } from "apache-arrow";
import { ColumnBuffers, daysOf, microsecondsOf, textsOf } from "./column-buffers.js";
import type { ColumnBuffer } from "./column-buffers.js";
import type { Column, ColumnType, RowBatch } from "./batch.js";
import type { RowEncoder } from "./encoder.js";

const rowsOfBatch = 65_536;
const bytesOfBatch = 16 * 1024 * 1024;

const arrowTypes: Readonly<Record<ColumnType, () => DataType>> = {
  text: () => new Utf8(),
  json: () => new Utf8(),
  integer: () => new Int64(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  date: () => new DateDay(),
  timestamp: () => new TimestampMicrosecond("UTC"),
};

/** An Arrow IPC file, also known as Feather version 2. Text goes from the input to the file without becoming strings. */
export function createArrowEncoder(columns: readonly Column[]): RowEncoder {
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, arrowTypes[type](), true)));
  const struct = new Struct(schema.fields);
  const queue = new CollectingQueue();
  const writer = new RecordBatchFileWriter();
  writer.reset(queue, schema);
  const gathered = new ColumnBuffers(columns.length);
  const writeBatch = () => {
    if (gathered.rows === 0) return;
    const length = gathered.rows;
    const buffers = gathered.columns();
    const children = columns.map(({ type }, index) => columnData(type, buffers[index] as ColumnBuffer, length));
    writer.write(new RecordBatch(schema, makeData({ type: struct, length, nullCount: 0, children })));
    gathered.clear();
  };
  return {
    encode(batch: RowBatch) {
      for (let from = 0; from < batch.rows;) {
        const to = Math.min(batch.rows, from + rowsOfBatch - gathered.rows);
        gathered.add(batch, from, to);
        from = to;
        if (gathered.rows >= rowsOfBatch || gathered.size >= bytesOfBatch) writeBatch();
      }
      return queue.take();
    },
    finish() {
      writeBatch();
      writer.finish();
      return queue.take();
    },
  };
}

/** Takes what the writer writes, at once, instead of handing it to a stream. */
class CollectingQueue extends AsyncByteQueue {
  #pieces: Uint8Array[] = [];

  // The writer's buffers are its input's, which are filled anew after each batch.
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

function columnData(type: ColumnType, column: ColumnBuffer, length: number): Data {
  const nulls = { length, nullCount: column.nulls, nullBitmap: column.validity };
  const texts = () => textsOf(column, length);
  switch (type) {
    case "text":
    case "json":
      return makeData({ type: new Utf8(), ...nulls, valueOffsets: column.offsets, data: column.bytes });
    case "integer":
      return makeData({ type: new Int64(), ...nulls, data: BigInt64Array.from(texts(), (text) => BigInt(text ?? 0)) });
    case "number":
      return makeData({ type: new Float64(), ...nulls, data: Float64Array.from(texts(), Number) });
    case "boolean":
      return makeData({ type: new Bool(), ...nulls, data: packBits(texts()) });
    case "date":
      return makeData({
        type: new DateDay(),
        ...nulls,
        data: Int32Array.from(texts(), (text) => (text === undefined ? 0 : daysOf(text))),
      });
    case "timestamp":
      return makeData({
        type: new TimestampMicrosecond("UTC"),
        ...nulls,
        data: BigInt64Array.from(texts(), (text) => (text === undefined ? 0n : microsecondsOf(text))),
      });
  }
}

function packBits(texts: readonly (string | undefined)[]): Uint8Array {
  const bits = new Uint8Array((texts.length + 7) >> 3);
  for (const [row, text] of texts.entries()) {
    if (text === "true") bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
  }
  return bits;
}
