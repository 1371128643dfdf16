import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ShellOutcome } from "./shell-session.js";

/**
 * Runs a command on a separate terminal and types what a page shows after each of its questions: whenever the last line
 * printed is the start of the shown line, the rest of that line is the answer.
 */
export async function runTyped(
  command: string,
  shown: string,
  {
    env,
    cwd,
    timeoutMs,
  }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly timeoutMs: number },
): Promise<ShellOutcome> {
  // Wide enough that no line wraps, which would show in the output.
  const child = spawn("script", ["-qec", `stty cols 1000; ${command}`, "/dev/null"], {
    env: { ...env, TERM: "dumb", SHELL: "/bin/sh" },
    cwd,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const lines = shown.split("\n");
  let raw = "";
  let answered = -1;
  const printed = () => raw.replaceAll(/\u001b\[[\d;?]*[A-Za-z]|\r/g, "");
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    raw += chunk;
    const present = printed().split("\n");
    const row = present.length - 1;
    const last = present[row] ?? "";
    const line = lines[row] ?? "";
    if (row === answered || !/[:?] $/.test(last) || !line.startsWith(last)) return;
    answered = row;
    child.stdin.write(`${line.slice(last.length)}\r`);
  });
  child.stdin.on("error", () => undefined);
  const [status] = (await once(child, "close")) as [number | null];
  return { printed: printed(), status: status ?? 137 };
}
