import type { FollowLine } from "../settings/sources.js";
import type { Readable } from "node:stream";
import type { Environment } from "../aws/environment.js";
import type { OutputStream, TextOutput } from "./line/text-output.js";
import type { TimeLimit } from "./line/time-limit.js";
import type { RunSecrets } from "../identity/run-secrets.js";

/** The process as a value. */
export interface ProcessState extends Environment {
  /** Arguments after the program name. */
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: TextOutput;
  /** How long a run may take, in milliseconds. */
  readonly timeLimitMs: number;
  /** When this process began, in milliseconds since 1970. */
  readonly startedMs: number;
  /** The executable file, for command lines that run this program. */
  readonly executablePath: string;
  /** Secrets that the user entered in this run. */
  readonly secrets: RunSecrets;
  /** Bytes read from file descriptors, by number: a pipe can be read only once. */
  readonly descriptors: Map<number, Buffer>;
  /** For protocols with a process ID, such as systemd's socket activation. */
  readonly processId: number;
  /** Calls back on the signals, by default SIGINT and SIGTERM. Without a listener, they end the command. */
  readonly onSignal: <Signal extends NodeJS.Signals = "SIGINT" | "SIGTERM">(
    listener: (signal: Signal) => void,
    signals?: readonly Signal[],
  ) => () => void;
  /** Ends this process by the signal. If the signal cannot, returns the status that a shell shows for it. */
  readonly raise: (signal: NodeJS.Signals) => number;
}

/** The process and this run, for a command. */
export interface Invocation extends ProcessState {
  /** Reads the settings in a `credential_process` line; loaded only if a run names a profile. */
  readonly followLine?: FollowLine;
  /** For the whole run; in a long-running command, for each session. */
  readonly timeLimit: TimeLimit;
}
