import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { systemCode, UsageError } from "../errors.js";
import { startGroupWitness } from "./group-witness.js";

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /**
   * Whether this process has a terminal. Keys such as Ctrl+C signal the child too, which is in the same process group,
   * and many programs quit at once on a second signal.
   */
  readonly hasTerminal: boolean;
  /** Descriptors from 3 on that the child gets under the same numbers. */
  readonly descriptors?: readonly number[];
  /** Whether the child ignores SIGHUP, as under nohup. */
  readonly ignoresHangup?: boolean;
  /** Calls back on these signals instead of ending this process. Returns a function to stop that. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void, signals: readonly NodeJS.Signals[]) => () => void;
}

/** How the child ended. */
export type ChildEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

const terminalSignals = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT", "SIGHUP"]);
const otherSignals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2"];

/**
 * Runs a command that inherits stdin, stdout, stderr and the terminal, and forwards signals to it. A signal from the
 * terminal that has reached the whole process group is not sent twice.
 *
 * @throws UsageError `ERR_COMMAND` when it cannot be started.
 */
export async function runChild(child: ChildCommand): Promise<ChildEnd> {
  const { command, args, env, platform, hasTerminal, descriptors = [], ignoresHangup = false, onSignal } = child;
  const start = platform === "win32" ? (await import("./windows-spawn.js")).spawnOnWindows : spawn;
  return new Promise((resolve, reject) => {
    const [program, ...words] = ignoresHangup ? hangupIgnored(command, args) : [command, ...args];
    if (command === "" || program === undefined) return reject(cannotStart(command, { code: "ENOENT" }));
    const witness = hasTerminal ? startGroupWitness() : undefined;
    let running: ChildProcess | undefined;
    const forward = async (signal: NodeJS.Signals) => {
      if (signal === "SIGHUP" && ignoresHangup) return;
      if (terminalSignals.has(signal) && (await witness?.sawSignal(signal)) === true) return;
      running?.kill(signal);
    };
    // Listens before the child runs, because the child may signal this process at once.
    const stopListening = onSignal((signal) => void forward(signal), [...terminalSignals, ...otherSignals]);
    const end = () => {
      stopListening();
      witness?.stop();
    };
    try {
      running = start(program, words, { env, stdio: passOn(descriptors) });
    } catch (error) {
      end();
      return reject(error instanceof UsageError ? error : cannotStart(command, error));
    }
    running.once("error", (error) => {
      end();
      reject(cannotStart(command, error));
    });
    running.once("close", (status, signal) => {
      end();
      resolve(signal === null ? { status: status ?? 0 } : { signal });
    });
  });
}

function passOn(descriptors: readonly number[]): StdioOptions {
  const stdio: (number | "inherit" | "ignore")[] = ["inherit", "inherit", "inherit"];
  for (let at = 3; at <= Math.max(2, ...descriptors); at++) stdio.push(descriptors.includes(at) ? at : "ignore");
  return stdio;
}

/** Node.js starts every child with default signal handling, so a shell must ignore this signal first. */
function hangupIgnored(command: string, args: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", `trap "" HUP; exec "$@"`, "sh", command, ...args];
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it is not found",
  EACCES: "it is not executable",
  ENOEXEC: "it is not a program",
  EPERM: "the system does not allow it",
  E2BIG: "arguments and environment are too long",
};

function cannotStart(command: string, error: unknown): UsageError {
  const code = systemCode(error);
  return new UsageError("ERR_COMMAND", `cannot run "${command}": ${reasons[code] ?? code}`, {
    cause: error,
    hints: ["write the command and its arguments after --, each as its own word"],
  });
}

/** Returns the status with which a shell, env and nohup report a command that cannot be started. */
export function unstartedStatus(error: UsageError): number {
  return (error.cause as { readonly code?: string } | undefined)?.code === "ENOENT" ? 127 : 126;
}
