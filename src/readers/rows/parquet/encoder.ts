import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { gzipSync } from "node:zlib";
import { plainValues } from "./values.js";
import type { Column, ColumnType, RowBatch } from "../batch.js";
import type { RowEncoder } from "../encoder.js";
import { RowGroup } from "./row-group.js";

const compressionLevel = 2;

type PhysicalType = Omit<SchemaElement, "name" | "repetition_type"> & {
  readonly type: NonNullable<SchemaElement["type"]>;
};

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
 * A Parquet file with gzip pages, one page a column of a row group. Columns are optional; JSON values are strings, since
 * few readers know the JSON type. The pages' contents come from the kernel, headers and footer from hyparquet-writer.
 */
export function createParquetEncoder(columns: readonly Column[]): RowEncoder {
  const output = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: "schema", num_children: columns.length },
    ...columns.map(({ name, type }) => ({ name, repetition_type: "OPTIONAL" as const, ...physicalTypes[type] })),
  ];
  const writer = new ParquetWriter({ writer: output, schema, codec: "GZIP", createdBy: "rolesanywhere-ts" });
  const group = new RowGroup(columns.length);
  const writeGroup = () => {
    if (group.rows === 0) return;
    const start = output.offset;
    const chunks = columns.map((column, index) => writeColumn(output, column, group, index));
    const total = chunks.reduce((sum, { meta_data }) => sum + meta_data.total_uncompressed_size, 0n);
    writer.num_rows += BigInt(group.rows);
    writer.row_groups.push({
      columns: chunks,
      total_byte_size: total,
      num_rows: BigInt(group.rows),
      total_compressed_size: BigInt(output.offset - start),
    });
    group.clear();
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
        from = group.add(batch, from);
        if (group.full) writeGroup();
      }
      return drain();
    },
    finish() {
      writeGroup();
      group.close();
      void writer.finish();
      return drain();
    },
  };
}

/** Writes the pages of one column. @returns What the footer says of them. */
function writeColumn(output: ByteWriter, { name, type }: Column, group: RowGroup, index: number) {
  const start = output.offset;
  const isText = type === "text" || type === "json";
  const text = group.column(index, isText);
  const { levels, nulls, dictionary } = text;
  const { bytes, least, greatest } = isText
    ? { bytes: text.values, least: copyOf(text.least), greatest: copyOf(text.greatest) }
    : plainValues(type, text.values, group.rows - nulls);
  const encoding = dictionary === undefined ? ("PLAIN" as const) : ("RLE_DICTIONARY" as const);
  const dictionaryBytes = dictionary === undefined ? 0 : writeDictionaryPage(output, dictionary);
  const dataStart = output.offset;
  const compressed = gzipSync(bytes, { level: compressionLevel });
  writePageHeader(output, {
    type: "DATA_PAGE_V2",
    uncompressed_page_size: levels.length + bytes.length,
    compressed_page_size: levels.length + compressed.length,
    data_page_header_v2: {
      num_values: group.rows,
      num_nulls: nulls,
      num_rows: group.rows,
      encoding,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  const headerBytes = output.offset - dataStart;
  output.appendBytes(levels);
  output.appendBytes(compressed);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: physicalTypes[type].type,
      encodings: dictionary === undefined ? [encoding] : ["PLAIN" as const, encoding],
      path_in_schema: [name],
      codec: "GZIP" as const,
      num_values: BigInt(group.rows),
      total_compressed_size: BigInt(output.offset - start),
      total_uncompressed_size: BigInt(dictionaryBytes + headerBytes + levels.length + bytes.length),
      data_page_offset: BigInt(dataStart),
      ...(dictionary === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
      statistics: {
        null_count: BigInt(nulls),
        ...(least === undefined || greatest === undefined ? {} : { min_value: least, max_value: greatest }),
      },
      encoding_stats: [
        ...(dictionary === undefined
          ? []
          : [{ page_type: "DICTIONARY_PAGE" as const, encoding: "PLAIN" as const, count: 1 }]),
        { page_type: "DATA_PAGE_V2" as const, encoding, count: 1 },
      ],
    },
  };
}

/** @returns Its length before compression, with its header. */
function writeDictionaryPage(
  output: ByteWriter,
  { bytes, entries }: { readonly bytes: Uint8Array; readonly entries: number },
): number {
  const start = output.offset;
  const compressed = gzipSync(bytes, { level: compressionLevel });
  writePageHeader(output, {
    type: "DICTIONARY_PAGE",
    uncompressed_page_size: bytes.length,
    compressed_page_size: compressed.length,
    dictionary_page_header: { num_values: entries, encoding: "PLAIN" },
  });
  const headerBytes = output.offset - start;
  output.appendBytes(compressed);
  return headerBytes + bytes.length;
}

const copyOf = (bytes: Uint8Array | undefined): Uint8Array | undefined =>
  bytes === undefined ? undefined : Uint8Array.from(bytes);
