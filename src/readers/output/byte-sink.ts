import type { Writable } from "node:stream";
import { printable } from "../../printable.js";

/** The destination of a document's bytes. */
export interface ByteSink {
  /**
   * Resolves when the bytes may be reused and the next write may start.
   *
   * @throws The error that explains the stream's failure, such as a closed pipe on standard output.
   */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Wraps standard output as a sink. Never ends the stream, which belongs to the process.
 *
 * @param explain Converts the stream's error into the error that a write rejects with.
 */
export function createStreamSink(stream: Writable, explain: (error: Error) => Error): ByteSink {
  let failure: Error | undefined;
  // Without a listener, a closed pipe would crash the process with a stack trace.
  stream.on("error", (error) => {
    failure ??= explain(error);
  });
  return {
    write(bytes) {
      if (bytes.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        stream.write(bytes, (error) => (error == null ? resolve() : reject(failure ?? explain(error))));
      });
    },
  };
}

/** Writes data to a terminal with control characters escaped. */
export function createTerminalSink(sink: ByteSink): ByteSink {
  const decoder = new TextDecoder();
  return { write: (bytes) => sink.write(Buffer.from(printable(decoder.decode(bytes, { stream: true })))) };
}
