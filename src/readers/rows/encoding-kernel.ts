import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../kernel/borrow.js";
import type { Kernel } from "../kernel/borrow.js";
import type { RowBatch } from "./batch.js";

/** The maximum length of encoded rows. */
export interface Expansion {
  readonly bytesOfRow: number;
  readonly timesCells: number;
}

/** Encodes batches one after the other in memory of its own: see kernel/encode-rows.ts. */
export class RowKernel {
  readonly #kernel = borrowKernel();
  readonly #constantBytes: number;

  /** @param constants Bytes to put at the beginning of the memory. */
  constructor(constants: Uint8Array) {
    this.#constantBytes = inVectors(constants.length);
    reserveMemory(this.#kernel, this.#constantBytes);
    this.#memory().set(constants);
  }

  /**
   * Encodes a batch with a function of the kernel that returns the end of its output.
   *
   * @returns The output, valid until the next call.
   */
  encode(batch: RowBatch, expansion: Expansion, run: (kernel: Kernel, output: number) => number): Uint8Array {
    const kernel = this.#kernel;
    const cells = batch.rows * batch.width;
    const startsAt = this.#constantBytes;
    const endsAt = startsAt + cells * Int32Array.BYTES_PER_ELEMENT;
    const bytesAt = endsAt + cells * Int32Array.BYTES_PER_ELEMENT;
    const output = bytesAt + inVectors(batch.bytes.length);
    reserveMemory(kernel, output);
    new Int32Array(kernel.memory.buffer, startsAt, cells).set(batch.starts.subarray(0, cells));
    new Int32Array(kernel.memory.buffer, endsAt, cells).set(batch.ends.subarray(0, cells));
    this.#memory().set(batch.bytes, bytesAt);
    kernel.setCells(bytesAt, startsAt, endsAt);
    const longest = batch.rows * expansion.bytesOfRow + Number(kernel.cellBytes(cells)) * expansion.timesCells;
    reserveMemory(kernel, output + inVectors(longest));
    return this.#memory().subarray(output, run(kernel, output));
  }

  /** Frees the kernel. Bytes returned last must not be used afterwards. */
  close(): void {
    returnKernel(this.#kernel);
  }

  #memory(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer);
  }
}
