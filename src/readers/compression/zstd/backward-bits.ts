import { corrupt } from "./corrupt.js";

/** Reads bits from the last byte to the first, as all of Zstandard's entropy coding requires. */
export class BackwardBits {
  /** Remaining bits. Negative when more bits were read than exist. */
  left: number;
  readonly #bytes: Uint8Array;

  /** The highest set bit of the last byte marks the end of the bits. */
  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1) ?? 0;
    if (last === 0) throw corrupt("a stream of bits has no end");
    this.#bytes = bytes;
    this.left = bytes.length * 8 - 1 - Math.clz32(last << 24);
  }

  /** Reads up to 31 bits. Bits before the first byte read as zero, so callers must check `left` at the end. */
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

  /** Returns up to 16 bits without consuming them. */
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
