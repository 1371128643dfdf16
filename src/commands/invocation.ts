import type { Readable, Writable } from "node:stream";
import type { Environment } from "../aws/environment.js";

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The process as a value: everything that a command may know of its surroundings. */
export interface Invocation extends Environment {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The file that runs, for command lines that name this program. */
  readonly executablePath: string;
  /** Aborted on SIGINT and SIGTERM; a command that never listens is ended by the signal as usual. */
  readonly onSignal: (listener: (signal: "SIGINT" | "SIGTERM") => void) => () => void;
}
