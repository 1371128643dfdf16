import type { RowBatch } from "../batch.js";

/** A batch in memory of its own, which can move to another thread: starts of cells, ends of cells, bytes. */
export interface PackedBatch {
  readonly memory: ArrayBuffer;
  readonly bytes: number;
  readonly rows: number;
  readonly width: number;
}

/** Copies a batch. @param memory Memory to use if it is large enough. */
export function packBatch(
  { bytes, starts, ends, rows, width }: RowBatch,
  memory: ArrayBuffer | undefined,
): PackedBatch {
  const cells = rows * width;
  const bytesAt = 2 * cells * Int32Array.BYTES_PER_ELEMENT;
  const needed = bytesAt + bytes.length;
  const target = memory !== undefined && memory.byteLength >= needed ? memory : new ArrayBuffer(needed);
  const numbers = new Int32Array(target, 0, 2 * cells);
  numbers.set(starts.subarray(0, cells));
  numbers.set(ends.subarray(0, cells), cells);
  new Uint8Array(target).set(bytes, bytesAt);
  return { memory: target, bytes: bytes.length, rows, width };
}

export function unpackBatch({ memory, bytes, rows, width }: PackedBatch): RowBatch {
  const cells = rows * width;
  const endsAt = cells * Int32Array.BYTES_PER_ELEMENT;
  return {
    starts: new Int32Array(memory, 0, cells),
    ends: new Int32Array(memory, endsAt, cells),
    bytes: new Uint8Array(memory, 2 * endsAt, bytes),
    rows,
    width,
  };
}
