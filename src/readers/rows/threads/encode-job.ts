import type { JobHandler } from "../../workers/job.js";
import type { Column } from "../batch.js";
import type { RowFormat } from "../encoder.js";
import { createRowEncoder } from "../formats.js";
import { unpackBatch } from "./packed-batch.js";
import type { PackedBatch } from "./packed-batch.js";

export interface EncodeSettings {
  readonly format: RowFormat;
  readonly columns: readonly Column[];
}

export interface EncodeOutput {
  /** Bytes to write, possibly none. */
  readonly bytes: Uint8Array;
  /** The memory of the batch, to be used again. */
  readonly memory: ArrayBuffer | undefined;
}

/** Encodes batches of a document in their order. An undefined input ends the document. */
export function createEncodeJob({
  format,
  columns,
}: EncodeSettings): JobHandler<PackedBatch | undefined, EncodeOutput> {
  const encoder = createRowEncoder(format, columns);
  return {
    async run(batch) {
      const opened = await encoder;
      const encoded = batch === undefined ? opened.finish() : opened.encode(unpackBatch(batch));
      // A copy: the encoder keeps its memory.
      const bytes = Uint8Array.from(encoded);
      const transfer = batch === undefined ? [bytes.buffer] : [bytes.buffer, batch.memory];
      return { output: { bytes, memory: batch?.memory }, transfer };
    },
  };
}
