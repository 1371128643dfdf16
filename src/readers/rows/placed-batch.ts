import type { Kernel } from "../kernel/borrow.js";
import type { RowBatch } from "./batch.js";

/** Addresses in the memory of a kernel. */
export interface KernelPlace {
  readonly kernel: Kernel;
  readonly bytes: number;
  readonly starts: number;
  readonly ends: number;
  /** The memory from here on is unused. */
  readonly free: number;
}

/**
 * Rows in the memory of a kernel, which can encode them without a copy. Cells must not overlap. A call of the kernel may
 * replace its memory, and with it `bytes`, `starts` and `ends`. A type of its own, since the library exports `RowBatch`.
 */
export interface PlacedBatch extends RowBatch {
  readonly place: KernelPlace;
}

export function isPlaced(batch: RowBatch): batch is PlacedBatch {
  return "place" in batch;
}
