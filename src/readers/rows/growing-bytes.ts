/** A growing buffer: call `reserve`, then write into `bytes` at an offset. */
export class GrowingBytes {
  bytes: Uint8Array;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Reserves `length` bytes after the first `used`, which are kept; may replace `bytes`. */
  reserve(used: number, length: number): Uint8Array {
    if (used + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, used + length));
      larger.set(this.bytes.subarray(0, used));
      this.bytes = larger;
    }
    return this.bytes;
  }
}
