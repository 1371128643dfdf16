import { corrupt } from "./corrupt.js";

/** Bits that are read from the end of their bytes to the beginning, as all of Zstandard's entropy coding is. */
export class BackwardBits {
  /** Bits that are left; negative when more were read than there are. */
  left: number;
  readonly #bytes: Uint8Array;

  /** The highest bit that is set in the last byte ends the bits. */
  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1) ?? 0;
    if (last === 0) throw corrupt("a stream of bits has no end");
    this.#bytes = bytes;
    this.left = bytes.length * 8 - 1 - Math.clz32(last << 24);
  }

  /** At most 31 bits. Those in front of the first are zeros: who reads them has to look at `left` in the end. */
  read(count: number): number {
    if (count > 16) {
      const high = this.read(count - 16);
      return high * 0x10000 + this.read(16);
    }
    const at = this.left - count;
    const value = at < 0 ? this.peek(count) : this.#from(at) & ((1 << count) - 1);
    this.left = at;
    return value;
  }

  /** At most 16 bits, which are left where they are. */
  peek(count: number): number {
    const at = this.left - count;
    const mask = (1 << count) - 1;
    if (at < 0) return this.left <= 0 ? 0 : (this.#from(0) << -at) & mask;
    return this.#from(at) & mask;
  }

  #from(bit: number): number {
    const bytes = this.#bytes;
    const at = bit >> 3;
    return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) >> (bit & 7);
  }
}
