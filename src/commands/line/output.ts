import { UsageError } from "../../errors.js";
import { printable } from "../../printable.js";
import type { OutputStream, TextOutput } from "./text-output.js";

/** The status that shells report for SIGPIPE. */
export const readerGoneStatus = 141;

/** The reader of the pipe has closed it (`| head`), so the program stops without a message. */
export class OutputClosedError extends Error {
  constructor() {
    super("standard output was closed by its reader");
    this.name = "OutputClosedError";
  }
}

/**
 * Writes all of standard output.
 *
 * @throws OutputClosedError if the reader has closed the pipe.
 * @throws UsageError `ERR_OUTPUT` if it cannot be written, such as on a full disk.
 */
export async function writeOutput(stream: OutputStream, chunk: string | Uint8Array): Promise<void> {
  const error = await write(stream, chunk);
  if (error !== undefined) throw explainOutputError(error);
}

/** Writes for people. A failure is ignored: there is nowhere left to report it. */
export async function writeMessage({ terminal }: TextOutput, text: string): Promise<void> {
  await write(terminal, printable(text));
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large",
  EIO: "input/output error",
};

export function explainOutputError(error: Error): Error {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  if (["EPIPE", "EOF", "ERR_STREAM_DESTROYED"].includes(code)) return new OutputClosedError();
  return new UsageError("ERR_OUTPUT", `cannot write to standard output: ${reasons[code] ?? code}`, {
    cause: error,
    hints: code === "ENOSPC" || code === "EDQUOT" ? ["free some space, or write the output elsewhere"] : [],
  });
}

function write(stream: OutputStream, chunk: string | Uint8Array): Promise<Error | undefined> {
  return new Promise((resolve) => {
    // After a failed write, the stream reports later ones only as destroyed.
    if (stream.errored != null) return resolve(stream.errored);
    stream.write(chunk, (error) => resolve(error ?? undefined));
  });
}
