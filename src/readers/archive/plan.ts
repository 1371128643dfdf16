import type { ArchiveSequence } from "./sequence.js";
import type { Column, RowBatch } from "../rows/batch.js";
import { batchOfTexts } from "../rows/batch.js";
import { formatLocation } from "../s3/object-store.js";

const columns: readonly Column[] = [
  { name: "object", type: "text" },
  { name: "kind", type: "text" },
  { name: "member", type: "text" },
  { name: "compressed_bytes", type: "integer" },
  { name: "bytes", type: "integer" },
];

/** Lists what would be read, one row per member. The uncompressed size of gzip and zstd data is unknown until then. */
export function describePlan(sequence: ArchiveSequence): {
  readonly columns: readonly Column[];
  readonly batches: AsyncIterable<RowBatch>;
} {
  return { columns, batches: describeArchives(sequence) };
}

async function* describeArchives(sequence: ArchiveSequence): AsyncGenerator<RowBatch> {
  for await (const { object, kind, members } of sequence.archives()) {
    const rows = members.map(({ name, compressedSize, uncompressedSize }) => [
      formatLocation(object),
      kind,
      name,
      String(compressedSize),
      uncompressedSize === undefined ? undefined : String(uncompressedSize),
    ]);
    yield batchOfTexts(columns.length, rows);
  }
}
