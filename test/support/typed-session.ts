import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ShellOutcome } from "./shell-session.js";

export interface TypedOutcome extends ShellOutcome {
  /** With the terminal's control sequences. */
  readonly raw: string;
}

export interface TypedOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Of the terminal; by default so wide that no line wraps, which would show in the output. */
  readonly columns?: number;
  /** Gets the function that types without a question. */
  readonly onStart?: (type: (text: string) => void) => void;
}

/**
 * Runs a command on a separate terminal and types what a page shows after each of its questions: whenever the last line
 * printed is the start of the shown line, the rest of that line is the answer.
 */
export async function runTyped(command: string, shown: string, options: TypedOptions): Promise<TypedOutcome> {
  const lines = shown.split("\n");
  let answered = -1;
  return runOnTerminal(command, options, (printed) => {
    const present = printed.split("\n");
    const row = present.length - 1;
    const last = present[row] ?? "";
    const line = lines[row] ?? "";
    if (row === answered || !/[:?] $/.test(last) || !line.startsWith(last)) return undefined;
    answered = row;
    return `${line.slice(last.length)}\r`;
  });
}

/** Runs a command on a separate terminal and types each answer, with its own line end, once its question is the last thing printed. */
export async function runAnswered(
  command: string,
  answers: readonly (readonly [question: RegExp, typed: string])[],
  options: TypedOptions,
): Promise<TypedOutcome> {
  const open = [...answers];
  let from = 0;
  return runOnTerminal(command, options, (printed) => {
    const [question, typed] = open[0] ?? [];
    if (question === undefined || !/[:?\]] $/.test(printed) || !question.test(printed.slice(from))) return undefined;
    open.shift();
    from = printed.length;
    return typed;
  });
}

async function runOnTerminal(
  command: string,
  { env, cwd, timeoutMs, columns = 1000, onStart }: TypedOptions,
  answer: (printed: string) => string | undefined,
): Promise<TypedOutcome> {
  const child = spawn("script", ["-qec", `stty cols ${String(columns)}; ${command}`, "/dev/null"], {
    env: { TERM: "dumb", ...env, SHELL: "/bin/sh" },
    cwd,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  onStart?.((text) => void child.stdin.write(text));
  let raw = "";
  const printed = () => raw.replaceAll(/\u001b\[[\d;?]*[A-Za-z]|\r/g, "");
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    raw += chunk;
    const typed = answer(printed());
    if (typed !== undefined) child.stdin.write(typed);
  });
  child.stdin.on("error", () => undefined);
  const [status] = (await once(child, "close")) as [number | null];
  return { printed: printed(), raw, status: status ?? 137 };
}
