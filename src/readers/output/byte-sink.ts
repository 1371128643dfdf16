import type { Writable } from "node:stream";
import { printable } from "../../printable.js";

/** Where the bytes of a document go. */
export interface ByteSink {
  /**
   * Resolves when the bytes may be reused and more may come.
   *
   * @throws What the stream's failure is explained as, such as that the reader of standard output went away.
   */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Standard output as a sink; it is never ended, since it belongs to the process.
 *
 * @param explain Makes what a write rejects with out of the stream's own error.
 */
export function createStreamSink(stream: Writable, explain: (error: Error) => Error): ByteSink {
  let failure: Error | undefined;
  // Without a listener a closed pipe would end the process with a stack trace.
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

/** Shows data on a terminal: what would give it orders is escaped. */
export function createTerminalSink(sink: ByteSink): ByteSink {
  const decoder = new TextDecoder();
  return { write: (bytes) => sink.write(Buffer.from(printable(decoder.decode(bytes, { stream: true })))) };
}
