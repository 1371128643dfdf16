import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../../src/readers/kernel/borrow.js";
import type { Kernel } from "../../src/readers/kernel/borrow.js";

/** Fills the bytes after everything that a function may write. */
const guard = 0xa5;
const guardBytes = 64;

/** Kernel with its memory laid out as its invariants require: each piece is followed by room for two vectors. */
export class KernelMemory implements Disposable {
  readonly kernel: Kernel = borrowKernel();
  #end = 0;

  /** Reserves so many bytes. @returns Their address. */
  reserve(length: number): number {
    const at = this.#end;
    this.#end += inVectors(length);
    reserveMemory(this.kernel, this.#end + guardBytes);
    return at;
  }

  put(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length);
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  words(at: number, count: number): Int32Array {
    return new Int32Array(this.kernel.memory.buffer, at, count);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer, at, length);
  }

  text(from: number, to: number): string {
    return Buffer.from(this.bytes(from, to - from)).toString();
  }

  /** Stores cells for `setCells`; undefined is null. */
  putCells(cells: readonly (string | undefined)[]): void {
    const texts = cells.map((cell) => Buffer.from(cell ?? ""));
    const bytesAt = this.put(Buffer.concat(texts));
    const startsAt = this.reserve(cells.length * 4);
    const endsAt = this.reserve(cells.length * 4);
    let at = 0;
    for (const [index, text] of texts.entries()) {
      this.words(startsAt, cells.length)[index] = cells[index] === undefined ? -1 : at;
      at += text.length;
      this.words(endsAt, cells.length)[index] = at;
    }
    this.kernel.setCells(bytesAt, startsAt, endsAt);
  }

  /** Runs a function that may write up to two vectors past its output. @returns The text; fails if more was written. */
  output(longest: number, run: (output: number) => number): string {
    const at = this.reserve(longest);
    const room = new Uint8Array(this.kernel.memory.buffer);
    room.fill(guard, at, this.#end + guardBytes);
    const end = run(at);
    const after = this.bytes(end + 32, this.#end + guardBytes - end - 32);
    if (after.some((byte) => byte !== guard)) throw new Error("more than two vectors behind the output was written");
    return this.text(at, end);
  }

  [Symbol.dispose](): void {
    returnKernel(this.kernel);
  }
}
