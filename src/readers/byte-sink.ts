import type { Writable } from "node:stream";

/** Where the bytes of a document go. */
export interface ByteSink {
  /**
   * Resolves when the bytes may be reused and more may come.
   *
   * @throws OutputClosedError when the reader of standard output went away.
   */
  write(bytes: Uint8Array): Promise<void>;
}

/** The other end of the pipe was closed (`| head`): a reason to stop, not a failure. */
export class OutputClosedError extends Error {
  constructor() {
    super("standard output was closed by its reader");
    this.name = "OutputClosedError";
  }
}

/** Standard output as a sink; it is never ended, since it belongs to the process. */
export function createStreamSink(stream: Writable): ByteSink {
  let failure: Error | undefined;
  // Without a listener a closed pipe would end the process with a stack trace.
  stream.on("error", (error) => {
    failure = asClosed(error);
  });
  return {
    write(bytes) {
      if (bytes.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        stream.write(bytes, (error) => (error == null ? resolve() : reject(asClosed(error))));
      });
    },
  };
}

function asClosed(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" ? new OutputClosedError() : error;
}
