import { spawn } from "node:child_process";
import { once } from "node:events";
import { cleanEnvironment, type CliOptions, type CliResult } from "./run-cli.js";

/** Runs any program to its end in a clean environment, without blocking servers of this process. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { env, stdin = "", cwd, timeoutMs = 50_000 }: Omit<CliOptions, "executable"> = {},
): Promise<CliResult> {
  const child = spawn(command, args, { cwd, env: cleanEnvironment(env), timeout: timeoutMs, killSignal: "SIGKILL" });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on("data", (chunk: Buffer) => void chunks.stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => void chunks.stderr.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const stdoutBytes = Buffer.concat(chunks.stdout);
  return {
    stdout: stdoutBytes.toString("utf8"),
    stdoutBytes,
    stderr: Buffer.concat(chunks.stderr).toString("utf8"),
    status: status ?? signal ?? "SIGKILL",
  };
}
