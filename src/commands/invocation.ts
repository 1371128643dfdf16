import type { Readable, Writable } from "node:stream";
import type { Environment } from "../aws/environment.js";
import type { TextOutput } from "./line/text-output.js";
import type { TimeLimit } from "./line/time-limit.js";
import type { RunSecrets } from "../identity/run-secrets.js";

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The process as a value. */
export interface ProcessState extends Environment {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: TextOutput;
  /** How long a run may take, in milliseconds. */
  readonly timeLimitMs: number;
  /** When this process began, in milliseconds since 1970. */
  readonly startedMs: number;
  /** The file that runs, for command lines that name this program. */
  readonly executablePath: string;
  /** What the run remembers of secrets. */
  readonly secrets: RunSecrets;
  /** What file descriptors gave, by number, since a pipe gives its bytes once. */
  readonly descriptors: Map<number, Buffer>;
  /** For protocols that name a process, such as the socket activation of systemd. */
  readonly processId: number;
  /** Calls back on the signals, SIGINT and SIGTERM unless told; a command that never listens is ended by them. */
  readonly onSignal: <Signal extends NodeJS.Signals = "SIGINT" | "SIGTERM">(
    listener: (signal: Signal) => void,
    signals?: readonly Signal[],
  ) => () => void;
  /** Ends this process by the signal; returns the status a shell shows for it, where the signal cannot do that. */
  readonly raise: (signal: NodeJS.Signals) => number;
}

/** Everything that a command may know of its surroundings. */
export interface Invocation extends ProcessState {
  /** For the whole run, or in a lasting command for each session. */
  readonly timeLimit: TimeLimit;
}
