import { spawn } from "node:child_process";
import { UsageError } from "../errors.js";

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /**
   * Whether this process has a terminal. Its keys signal the child too, which is in the same process group, and many
   * programs quit at once on a second signal.
   */
  readonly hasTerminal: boolean;
  /** Calls back on these signals instead of ending this process; the returned function ends that. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void, signals: readonly NodeJS.Signals[]) => () => void;
}

/** How the child ended. */
export type ChildEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

const terminalSignals = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT", "SIGHUP"]);
const otherSignals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2"];

/**
 * Runs a command that inherits stdin, stdout, stderr and the terminal, and forwards signals to it.
 *
 * @throws UsageError `ERR_COMMAND` when it cannot be started.
 */
export function runChild({ command, args, env, hasTerminal, onSignal }: ChildCommand): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    const stopListening = onSignal(
      (signal) => {
        if (!hasTerminal || !terminalSignals.has(signal)) child.kill(signal);
      },
      [...terminalSignals, ...otherSignals],
    );
    child.once("error", (error) => {
      stopListening();
      reject(cannotStart(command, error));
    });
    child.once("close", (status, signal) => {
      stopListening();
      resolve(signal === null ? { status: status ?? 0 } : { signal });
    });
  });
}

function cannotStart(command: string, error: NodeJS.ErrnoException): UsageError {
  const reason = error.code === "ENOENT" ? "it is not found" : (error.code ?? "unknown fault");
  return new UsageError("ERR_COMMAND", `cannot run "${command}": ${reason}`, {
    cause: error,
    hints: ["write the command and its arguments after --, each as its own word"],
  });
}
