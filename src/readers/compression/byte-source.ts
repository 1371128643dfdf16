/** Bytes to take in order, some of which may be given back. */
export interface ByteSource {
  /** What comes next, never empty; undefined at the end. Valid until the next call. */
  next(): Promise<Uint8Array | undefined>;
  /** Puts the rest of what came last in front again. */
  unread(bytes: Uint8Array): void;
  /** Exactly so many bytes; undefined when fewer are left. */
  take(count: number): Promise<Uint8Array | undefined>;
  /** Ends what the bytes come from. */
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
