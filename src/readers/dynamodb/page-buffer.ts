/** Holds one response body at a time and reuses its memory for the next. */
export class PageBuffer {
  /** All of its ArrayBuffer. */
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Empties the buffer and reserves the announced length of the next response. */
  clear(announced: number): void {
    this.#length = 0;
    if (announced > this.#bytes.length && announced <= maxAnnouncedBytes)
      this.#bytes = Buffer.allocUnsafeSlow(announced);
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, 65_536));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
  }

  /** Valid until the next `clear`. */
  contents(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Gives the memory away, with the contents at its beginning, until `adopt`. */
  lend(): ArrayBuffer {
    const memory = this.#bytes.buffer as ArrayBuffer;
    this.#bytes = Buffer.alloc(0);
    return memory;
  }

  /** Takes back what `lend` gave away. */
  adopt(memory: ArrayBuffer): void {
    this.#bytes = Buffer.from(memory);
  }
}

/** A page holds 1 MB of item data, several times that as JSON. Longer announcements reserve no memory in advance. */
const maxAnnouncedBytes = 32 * 1024 * 1024;
