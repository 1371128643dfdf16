/** Bytes that grow at the end: encoders write into `bytes` at an offset after `reserve` made room for it. */
export class GrowingBytes {
  bytes: Uint8Array;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `length` bytes, keeping the first `used`; `bytes` may be another array afterwards. */
  reserve(used: number, length: number): Uint8Array {
    if (used + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, used + length));
      larger.set(this.bytes.subarray(0, used));
      this.bytes = larger;
    }
    return this.bytes;
  }
}
