import type { RowBatch } from "./batch.js";

export const rowFormats = ["csv", "ndjson", "json", "table", "parquet", "arrow"] as const;
export type RowFormat = (typeof rowFormats)[number];

/**
 * Turns batches of rows into the bytes of one document. Pure: it holds what it has not yet given out and touches no
 * file, so a caller writes every answer, in order, to wherever the document goes.
 *
 * Encoders are for tables, whose columns are known before the first row: read-s3 in every format, scan in csv, table,
 * parquet and arrow. An attribute that holds a list, map or set goes into a column of type `json`. Items, JSON objects
 * without a schema, have a way of their own: see ../items/document.ts.
 */
export interface RowEncoder {
  /** @returns Bytes ready to be written, perhaps none; valid until the next call. */
  encode(batch: RowBatch): Uint8Array;
  /** @returns The rest of the document. Call once, last, also when there were no rows. */
  finish(): Uint8Array;
}
