import { gzipSync } from "node:zlib";
import type { Column, ColumnType, RowBatch } from "../batch.js";
import type { RowEncoder } from "../encoder.js";
import { ColumnGroup, textsOf } from "../column-group.js";
import { boundsOf, bytesOf, numbersOf, packBits } from "../values.js";
import { dataPageHeader, dictionaryPageHeader, fileMetadata, rowGroupOf } from "./metadata.js";
import type { ColumnChunk } from "./metadata.js";

const compressionLevel = 2;
const magic = Buffer.from("PAR1");

/**
 * Writes a Parquet file with gzip pages, one page per column of a row group. Columns are optional. JSON values are
 * strings, because few readers know the JSON type. The kernel produces the contents of the pages.
 *
 * @see https://parquet.apache.org/docs/file-format/
 */
export function createParquetEncoder(columns: readonly Column[]): RowEncoder {
  const output = new Output();
  output.write(magic);
  const group = new ColumnGroup(columns.length);
  const groups: ReturnType<typeof rowGroupOf>[] = [];
  let rows = 0;
  const writeGroup = () => {
    if (group.rows === 0) return;
    const chunks = columns.map((column, index) => writeColumn(output, column, group, index));
    groups.push(rowGroupOf(columns, chunks, group.rows));
    rows += group.rows;
    group.clear();
  };
  return {
    encode(batch: RowBatch) {
      for (let from = 0; from < batch.rows;) {
        from = group.add(batch, from);
        if (group.full) writeGroup();
      }
      return output.take();
    },
    finish() {
      writeGroup();
      group.close();
      const footer = fileMetadata(columns, groups, rows);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      output.write(footer, length, magic);
      return output.take();
    },
  };
}

/** Collects the output and tracks the offset in the file. */
class Output {
  offset = 0;
  #pieces: Uint8Array[] = [];

  /** @param pieces The caller must not change them afterwards. */
  write(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.offset += piece.length;
    this.#pieces.push(...pieces);
  }

  take(): Uint8Array {
    return Buffer.concat(this.#pieces.splice(0));
  }
}

/** Writes the pages of one column. @returns Their description for the footer. */
function writeColumn(output: Output, { type }: Column, group: ColumnGroup, index: number): ColumnChunk {
  const start = output.offset;
  const { rows } = group;
  const { levels, nulls, dictionary, bytes, least, greatest } =
    type === "text" || type === "json" ? textPage(group, index) : valuePage(group, index, type);
  let plainLength = 0;
  if (dictionary !== undefined) {
    const compressed = gzipSync(dictionary.bytes, { level: compressionLevel });
    const sizes = { plainBytes: dictionary.bytes.length, compressedBytes: compressed.length };
    const header = dictionaryPageHeader(sizes, dictionary.entries);
    output.write(header, compressed);
    plainLength += header.length + dictionary.bytes.length;
  }
  const dataStart = output.offset;
  const compressed = gzipSync(bytes, { level: compressionLevel });
  const header = dataPageHeader({
    rows,
    nulls,
    levelBytes: levels.length,
    plainBytes: bytes.length,
    compressedBytes: compressed.length,
    hasDictionary: dictionary !== undefined,
  });
  output.write(header, levels, compressed);
  plainLength += header.length + levels.length + bytes.length;
  return { rows, nulls, start, dataStart, length: output.offset - start, plainLength, least, greatest };
}

function textPage(group: ColumnGroup, index: number) {
  const { values, levels, least, greatest, ...page } = group.page(index);
  // Copies, because the next column reuses the kernel's memory.
  return {
    ...page,
    levels: copyOf(levels),
    bytes: values,
    least: least && copyOf(least),
    greatest: greatest && copyOf(greatest),
  };
}

function valuePage(group: ColumnGroup, index: number, type: Exclude<ColumnType, "text" | "json">) {
  const cells = group.cells(index);
  const numbers = numbersOf(
    type,
    textsOf(cells).filter((text) => text !== undefined),
  );
  const bytes = type === "boolean" ? packBits(numbers as Uint8Array) : bytesOf(numbers);
  return { levels: copyOf(cells.levels), nulls: cells.nulls, dictionary: undefined, bytes, ...boundsOf(numbers) };
}

const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
