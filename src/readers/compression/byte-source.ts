/** A pull source of bytes; a consumer can push back what it did not use. */
export interface ByteSource {
  /** Returns the next chunk, which is never empty, or undefined at the end. Valid until the next call. */
  next(): Promise<Uint8Array | undefined>;
  /** Pushes back the unused part of the last chunk. */
  unread(bytes: Uint8Array): void;
  /** Returns exactly `count` bytes, or undefined if fewer are left. */
  take(count: number): Promise<Uint8Array | undefined>;
  /** Closes the underlying iterator. */
  close(): Promise<void>;
}

export function createByteSource(input: AsyncIterable<Uint8Array>): ByteSource {
  const chunks = input[Symbol.asyncIterator]();
  let front: Uint8Array | undefined;
  const next = async (): Promise<Uint8Array | undefined> => {
    if (front !== undefined) {
      const bytes = front;
      front = undefined;
      return bytes;
    }
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) return undefined;
      if (value.length > 0) return value;
    }
  };
  const unread = (bytes: Uint8Array): void => {
    if (bytes.length > 0) front = bytes;
  };
  return {
    next,
    unread,
    async take(count) {
      const taken = new Uint8Array(count);
      for (let at = 0; at < count;) {
        const chunk = await next();
        if (chunk === undefined) return undefined;
        const used = chunk.subarray(0, count - at);
        taken.set(used, at);
        at += used.length;
        unread(chunk.subarray(used.length));
      }
      return taken;
    },
    async close() {
      await chunks.return?.();
    },
  };
}
