import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { ByteSink } from "./byte-sink.js";

export type OutputCompression = "gzip" | "zstd";

/** A sink that must be finished. */
export interface CompressedSink extends ByteSink {
  /** Writes the rest. Call this once, at the end. */
  finish(): Promise<void>;
}

const { createZstdCompress } = zlib as { readonly createZstdCompress?: () => Transform };

export const zstdIsAvailable = (): boolean => createZstdCompress !== undefined;

/** Compresses data on its way to a sink. The compression runs in the thread pool. */
export function createCompressedSink(sink: ByteSink, compression: OutputCompression): CompressedSink {
  const stream =
    compression === "zstd" && createZstdCompress !== undefined ? createZstdCompress() : zlib.createGzip({ level: 5 });
  const drained = (async () => {
    for await (const chunk of stream) await sink.write(chunk as Uint8Array);
  })();
  drained.catch(() => undefined);
  return {
    async write(bytes) {
      if (bytes.length === 0) return;
      const taken = new Promise<void>((resolve, reject) => {
        stream.write(bytes, (error) => (error == null ? resolve() : reject(error)));
      });
      taken.catch(() => undefined);
      // When the sink fails, its own error says more than the stream's.
      await Promise.race([taken, drained]);
    },
    async finish() {
      stream.end();
      await drained;
    },
  };
}
