import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet-writer";
import { gzipSync } from "node:zlib";
import { ColumnBuffers, daysOf, microsecondsOf, textsOf } from "./column-buffers.js";
import type { ColumnBuffer } from "./column-buffers.js";
import type { Column, ColumnType, RowBatch } from "./row-batch.js";
import type { RowEncoder } from "./row-encoder.js";

/** A row group is what a writer and later its readers hold in memory. */
const rowsOfGroup = 32_768;
const bytesOfGroup = 16 * 1024 * 1024;
const compressionLevel = 2;
const sampledRows = 500;

type PhysicalType = Omit<SchemaElement, "name" | "repetition_type">;

/** @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
const physicalTypes: Readonly<Record<ColumnType, PhysicalType>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  integer: { type: "INT64" },
  number: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  timestamp: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
};

/**
 * A Parquet file with gzip pages. Columns are optional; JSON values are strings, since few readers know the JSON type.
 */
export function createParquetEncoder(columns: readonly Column[]): RowEncoder {
  const output = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: "schema", num_children: columns.length },
    ...columns.map(({ name, type }) => ({ name, repetition_type: "OPTIONAL" as const, ...physicalTypes[type] })),
  ];
  const writer = new ParquetWriter({
    writer: output,
    schema,
    codec: "GZIP",
    compressors: { GZIP: (page) => gzipSync(page, { level: compressionLevel }) },
    createdBy: "rolesanywhere-ts",
  });
  const gathered = new ColumnBuffers(columns.length);
  const writeGroup = () => {
    if (gathered.rows === 0) return;
    const buffers = gathered.columns();
    const columnData = columns.map(({ name, type }, index) => ({
      name,
      ...columnValues(type, buffers[index] as ColumnBuffer, gathered.rows),
    }));
    void writer.write({ columnData, rowGroupSize: gathered.rows });
    gathered.clear();
  };
  // The library keeps what it wrote in one growing array, from which it is taken after each row group.
  const drain = (): Uint8Array => {
    const bytes = Uint8Array.from(output.getBytes());
    output.index = 0;
    return bytes;
  };
  return {
    encode(batch: RowBatch) {
      for (let from = 0; from < batch.rows;) {
        const to = Math.min(batch.rows, from + rowsOfGroup - gathered.rows);
        gathered.add(batch, from, to);
        from = to;
        if (gathered.rows >= rowsOfGroup || gathered.size >= bytesOfGroup) writeGroup();
      }
      return drain();
    },
    finish() {
      writeGroup();
      void writer.finish();
      return drain();
    },
  };
}

function columnValues(type: ColumnType, column: ColumnBuffer, rows: number) {
  if ((type === "text" || type === "json") && column.nulls === 0 && isDiverse(column, rows)) {
    // Without a dictionary the bytes need not become strings.
    return { data: bytesOf(column, rows), encoding: "PLAIN" as const };
  }
  const texts = textsOf(column, rows);
  switch (type) {
    case "text":
    case "json":
      return { data: texts };
    case "integer":
      return { data: texts.map((text) => (text === undefined ? undefined : BigInt(text))) };
    case "number":
      return { data: texts.map((text) => (text === undefined ? undefined : Number(text))) };
    case "boolean":
      return { data: texts.map((text) => (text === undefined ? undefined : text === "true")) };
    case "date":
      return { data: texts.map((text) => (text === undefined ? undefined : daysOf(text))) };
    case "timestamp":
      return { data: texts.map((text) => (text === undefined ? undefined : microsecondsOf(text))) };
  }
}

/** Whether so many cells of a sample differ that a dictionary would not pay. */
function isDiverse({ bytes, offsets }: ColumnBuffer, rows: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const step = Math.max(1, Math.floor(rows / sampledRows));
  const seen = new Set<string>();
  let count = 0;
  for (let row = 0; row < rows; row += step, count++) {
    seen.add(buffer.toString("latin1", offsets[row], offsets[row + 1]));
  }
  return seen.size > count * 0.6;
}

function bytesOf({ bytes, offsets }: ColumnBuffer, rows: number): Uint8Array[] {
  return Array.from({ length: rows }, (_, row) => bytes.subarray(offsets[row], offsets[row + 1]));
}
