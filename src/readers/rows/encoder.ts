import type { RowBatch } from "./batch.js";

export const rowFormats = ["csv", "ndjson", "json", "table", "parquet", "arrow"] as const;
export type RowFormat = (typeof rowFormats)[number];

/**
 * Encodes batches of rows as one document. It buffers what it has not returned yet and does no I/O: the caller writes
 * all results in order.
 *
 * Encoders are for tables, whose columns are known before the first row: read-s3 in every format, scan in csv, table,
 * parquet and arrow. An attribute that is a list, map or set goes into a column of type `json`. Items, which are JSON
 * objects without a schema, are written by ../items/document.ts.
 */
export interface RowEncoder {
  /** @returns Bytes to write, possibly none; valid until the next call. */
  encode(batch: RowBatch): Uint8Array;
  /** @returns The rest of the document. Call this once, at the end, even if there were no rows. */
  finish(): Uint8Array;
}
