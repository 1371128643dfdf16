import type { Transform, TransformOptions } from "node:stream";
import type { ZlibOptions } from "node:zlib";
import type { ByteSource } from "./byte-source.js";

/** A zlib stream that counts the bytes it consumed. */
export type ZlibStream = Transform & { readonly bytesWritten: number };

/** Chunks that a stream decompresses ahead of its consumer. */
const chunksAhead = 2;

/** Options of a zlib stream that works ahead of its consumer. Chunks are objects, so that Node.js does not join them. */
export const workingAhead = (chunkSize: number): ZlibOptions & TransformOptions => ({
  chunkSize,
  readableObjectMode: true,
  readableHighWaterMark: chunksAhead,
});

/**
 * Drives a zlib stream until its format or the source ends. The stream works in the thread pool while the consumer
 * handles the previous chunks. Bytes after the end of the format are pushed back to the source.
 */
export async function* pump(stream: ZlibStream, source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  let feedFault: { readonly error: unknown } | undefined;
  const feeding = feed(stream, source).catch((error: unknown) => {
    feedFault = { error };
    stream.destroy();
  });
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    // oxlint-disable-next-line typescript/only-throw-error -- rethrown unchanged
    throw feedFault === undefined ? error : feedFault.error;
  } finally {
    stream.destroy();
    await feeding;
  }
  // oxlint-disable-next-line typescript/only-throw-error -- rethrown unchanged
  if (feedFault !== undefined) throw feedFault.error;
}

async function feed(stream: ZlibStream, source: ByteSource): Promise<void> {
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) break;
    const before = stream.bytesWritten;
    if (!stream.destroyed) await write(stream, chunk);
    const rest = chunk.subarray(stream.bytesWritten - before);
    source.unread(rest);
    if (stream.destroyed || rest.length > 0) return;
  }
  if (!stream.destroyed) stream.end();
}

/**
 * After an error, and for bytes after the end of the format, zlib does not call the write callback. The stream closes
 * instead: it destroys itself, or its consumer destroys it at the end of the output.
 */
function write(stream: ZlibStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("close", settle);
      resolve();
    };
    stream.once("close", settle);
    // Errors of the stream reach its consumer.
    stream.write(chunk, settle);
  });
}
