import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../kernel/borrow.js";
import type { Kernel } from "../kernel/borrow.js";
import type { RowBatch } from "./batch.js";
import { isPlaced } from "./placed-batch.js";
import type { KernelPlace } from "./placed-batch.js";

/** The maximum length of encoded rows. */
export interface Expansion {
  readonly bytesOfRow: number;
  readonly timesCells: number;
}

/**
 * Encodes batches one after the other: see kernel/encode-rows.ts. A batch that lies in the memory of a kernel is encoded
 * there, any other one is copied into a kernel of its own.
 */
export class RowKernel {
  readonly #constants: Uint8Array;
  #own: Kernel | undefined;

  /** @param constants Bytes to put into the memory for each batch, at the address that `run` gets. */
  constructor(constants: Uint8Array) {
    this.#constants = constants;
  }

  /**
   * Encodes a batch with a function of the kernel that returns the end of its output.
   *
   * @returns The output, valid until the next call, or until the next batch of the same producer.
   */
  encode(
    batch: RowBatch,
    expansion: Expansion,
    run: (kernel: Kernel, constants: number, output: number) => number,
  ): Uint8Array {
    const { kernel, bytes, starts, ends, free } = isPlaced(batch) ? batch.place : this.#copy(batch);
    const constantsAt = inVectors(free);
    const output = constantsAt + inVectors(this.#constants.length);
    kernel.setCells(bytes, starts, ends);
    const cellBytes = isPlaced(batch) ? batch.bytes.length : Number(kernel.cellBytes(batch.rows * batch.width));
    const longest = batch.rows * expansion.bytesOfRow + cellBytes * expansion.timesCells;
    reserveMemory(kernel, output + inVectors(longest));
    const memory = new Uint8Array(kernel.memory.buffer);
    memory.set(this.#constants, constantsAt);
    return memory.subarray(output, run(kernel, constantsAt, output));
  }

  /** Frees the kernel. Bytes returned last must not be used afterwards. */
  close(): void {
    if (this.#own !== undefined) returnKernel(this.#own);
  }

  #copy(batch: RowBatch): KernelPlace {
    const kernel = (this.#own ??= borrowKernel());
    const cells = batch.rows * batch.width;
    const ends = cells * Int32Array.BYTES_PER_ELEMENT;
    const bytes = 2 * ends;
    const free = bytes + inVectors(batch.bytes.length);
    reserveMemory(kernel, free);
    new Int32Array(kernel.memory.buffer, 0, cells).set(batch.starts.subarray(0, cells));
    new Int32Array(kernel.memory.buffer, ends, cells).set(batch.ends.subarray(0, cells));
    new Uint8Array(kernel.memory.buffer).set(batch.bytes, bytes);
    return { kernel, bytes, starts: 0, ends, free };
  }
}
