import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { constants, copyFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createScratch } from "./scratch.js";

/** Built executable; vitest's global setup has just written it. */
export const executable = fileURLToPath(new URL("../../dist/rolesanywhere-ts.cjs", import.meta.url));

const standalone = process.env["ROLESANYWHERE_TS_EXECUTABLE"];

/**
 * File under test: the bundle, unless `ROLESANYWHERE_TS_EXECUTABLE` names another program, such as the standalone one.
 */
export const programFile = standalone === undefined || standalone === "" ? executable : resolve(standalone);

/** Returns the command that starts it, or another file: Node.js for the bundle, another program directly. */
export function programWords({ executable: other, runtime }: CliOptions = {}): readonly [string, ...string[]] {
  const file = other ?? programFile;
  if (runtime !== undefined) return [...runtime, other ?? executable];
  return file.endsWith(".cjs") ? [process.execPath, file] : [file];
}

/** Copies the file under test into a folder. */
export function copyProgram(folder: string): string {
  const copy = join(folder, basename(programFile));
  copyFileSync(programFile, copy, constants.COPYFILE_FICLONE);
  return copy;
}

export interface CliOptions {
  /** Added to an otherwise clean environment with PATH and an empty HOME. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** File to run instead of the one under test. */
  readonly executable?: string;
  /** Runtime instead of this Node.js: a program and the arguments before the file. */
  readonly runtime?: readonly [string, ...string[]];
  /** Kills the process after this many milliseconds. Default 50 000. */
  readonly timeoutMs?: number;
}

export interface CliResult {
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
  /** Exit status, or the name of the signal that ended the process. */
  readonly status: number | NodeJS.Signals;
}

/** Runs the built executable to its end, with a clean environment and an empty HOME. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const running = startCli(argv, options);
  const timer = setTimeout(() => running.child.kill("SIGKILL"), options.timeoutMs ?? 50_000);
  running.child.stdin.on("error", () => undefined);
  running.child.stdin.end(options.stdin ?? "");
  try {
    return await running.ended;
  } finally {
    clearTimeout(timer);
  }
}

export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<CliResult>;
  /** Everything on stderr so far. */
  readonly stderr: () => string;
  /** Resolves with the match once stdout (or stderr) contains it; rejects if the process ends without it. */
  waitFor(pattern: RegExp, stream?: "stdout" | "stderr"): Promise<RegExpExecArray>;
  /** Sends a signal, by default SIGTERM, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<CliResult>;
}

/** Returns options that start the file under test from a shell after a command such as `ulimit -n 120`. */
export function afterShell(script: string): Pick<CliOptions, "runtime" | "executable"> {
  const words = programWords();
  return {
    runtime: ["sh", "-c", `${script}; exec "$@"`, "sh", ...words.slice(0, -1)],
    executable: words.at(-1) ?? "",
  };
}

/** Starts the built executable and leaves it running. */
export function startCli(argv: readonly string[], options: CliOptions = {}): RunningCli {
  const [program, ...words] = programWords(options);
  const child = spawn(program, [...words, ...argv], {
    cwd: options.cwd ?? createScratch("cwd"),
    // A session without the tests' terminal, where nobody would answer a question.
    detached: true,
    env: cleanEnvironment(options.env),
  });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const text = (stream: "stdout" | "stderr") => Buffer.concat(chunks[stream]).toString("utf8");
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (chunk: Buffer) => void chunks[stream].push(chunk));
  }
  const ended = once(child, "close").then(([status, signal]: unknown[]) => ({
    stdout: text("stdout"),
    stdoutBytes: Buffer.concat(chunks.stdout),
    stderr: text("stderr"),
    status: (status ?? signal) as number | NodeJS.Signals,
  }));
  return {
    child,
    ended,
    stderr: () => text("stderr"),
    waitFor: (pattern, stream = "stdout") =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text(stream));
          if (match !== null) resolve(match);
        };
        child[stream].on("data", look);
        ended.then(
          ({ status, stderr }) => reject(new Error(`ended with ${status} before ${pattern}: ${stderr}`)),
          reject,
        );
        look();
      }),
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Returns PATH, an empty HOME, no AWS variables, and the given variables; an undefined value removes one. */
export function cleanEnvironment(extra: CliOptions["env"] = {}): Record<string, string> {
  const base = {
    PATH: process.env["PATH"],
    HOME: extra["HOME"] ?? createScratch("home"),
    LC_ALL: "C",
    TZ: "UTC",
    // `npm run coverage` collects which code the executable runs.
    NODE_V8_COVERAGE: process.env["ROLESANYWHERE_TS_COVERAGE"],
  };
  const entries = Object.entries({ ...base, ...extra });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Returns what Python and pyenv look up below HOME, for a client with another HOME. */
export function pythonEnvironment(): Record<string, string> {
  const { HOME = "", PYENV_ROOT, PYTHONPATH, PYTHONUSERBASE = join(HOME, ".local") } = process.env;
  return {
    PYTHONUSERBASE,
    ...(PYENV_ROOT === undefined ? {} : { PYENV_ROOT }),
    ...(PYTHONPATH === undefined ? {} : { PYTHONPATH }),
  };
}
