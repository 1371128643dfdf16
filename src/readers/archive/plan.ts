import type { ArchiveSequence } from "./sequence.js";
import type { Column, RowBatch } from "../rows/batch.js";
import { batchOfTexts } from "../rows/batch.js";
import type { Notes } from "./archive.js";
import type { SpanReader } from "./spans.js";
import { formatLocation } from "../s3/object-store.js";

const columns: readonly Column[] = [
  { name: "object", type: "text" },
  { name: "kind", type: "text" },
  { name: "member", type: "text" },
  { name: "compressed_bytes", type: "integer" },
  { name: "bytes", type: "integer" },
];

/** Lists what would be read, one row per member. The uncompressed size of gzip and zstd data is unknown until then. */
export function describePlan(
  sequence: ArchiveSequence,
  spans: SpanReader,
  told: Notes,
): {
  readonly columns: readonly Column[];
  readonly batches: AsyncIterable<RowBatch>;
} {
  return { columns, batches: describeArchives(sequence, spans, told) };
}

async function* describeArchives(sequence: ArchiveSequence, spans: SpanReader, told: Notes): AsyncGenerator<RowBatch> {
  for await (const archive of sequence.archives()) {
    for await (const { name, compressedSize, uncompressedSize, special } of archive.walk(spans, told)) {
      if (special !== undefined) continue;
      yield batchOfTexts(columns.length, [
        [formatLocation(archive.object), archive.kind, name, compressedSize?.toString(), uncompressedSize?.toString()],
      ]);
    }
  }
}
