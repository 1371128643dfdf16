import type { FollowLine } from "../settings/sources.js";
import type { Readable } from "node:stream";
import type { Environment } from "../aws/environment.js";
import type { OutputStream, TextOutput } from "./line/text-output.js";
import type { TimeLimit } from "./line/time-limit.js";
import type { RunSecrets } from "../identity/run-secrets.js";

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
  /** Secrets that this run has asked for. */
  readonly secrets: RunSecrets;
  /** Bytes read from file descriptors, by number: a pipe can be read only once. */
  readonly descriptors: Map<number, Buffer>;
  /** For protocols that name a process, such as systemd's socket activation. */
  readonly processId: number;
  /** Calls back on the signals, by default SIGINT and SIGTERM; they end a command that does not listen. */
  readonly onSignal: <Signal extends NodeJS.Signals = "SIGINT" | "SIGTERM">(
    listener: (signal: Signal) => void,
    signals?: readonly Signal[],
  ) => () => void;
  /** Ends this process by the signal. If the signal cannot, returns the status that a shell shows for it. */
  readonly raise: (signal: NodeJS.Signals) => number;
}

/** What a command knows of its process and of this run. */
export interface Invocation extends ProcessState {
  /** Reads the settings in a `credential_process` line; loaded only if a run names a profile. */
  readonly followLine?: FollowLine;
  /** For the whole run; in a lasting command, for each session. */
  readonly timeLimit: TimeLimit;
}
