import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** Bash that keeps its variables and folder between commands, as in interactive use. */
export interface ShellSession {
  /** Runs a command to its end. Its stdout and stderr are combined, as on a terminal. */
  run(command: string): Promise<ShellOutcome>;
  /** Starts a command that keeps running; `printed` grows. */
  start(command: string): Promise<BackgroundCommand>;
  /** Ends everything that is still running. */
  close(): Promise<void>;
}

export interface ShellOutcome {
  readonly printed: string;
  readonly status: number;
}

export interface BackgroundCommand {
  readonly printed: () => string;
  /** Asks it to end, as Ctrl-C does. */
  readonly stop: () => Promise<ShellOutcome>;
}

export interface ShellOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Folder for commands and their outputs. */
  readonly folder: string;
  /** A command that takes longer is an error. */
  readonly timeoutMs: number;
}

export function openShell({ env, cwd, folder, timeoutMs }: ShellOptions): ShellSession {
  mkdirSync(folder, { recursive: true });
  // Separate process group, so that anything a command leaves behind can be ended with it.
  const bash = spawn("bash", ["--noprofile", "--norc"], {
    env,
    cwd,
    detached: true,
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  const ended = once(bash, "close");
  // A command may end the shell; the next request detects that.
  const stdin = (bash.stdin as Writable).on("error", () => undefined);
  const answers = bash.stdio[3] as Readable;
  const groups = new Set<number>();
  let buffered = "";
  let count = 0;
  answers.setEncoding("utf8").on("data", (chunk: string) => (buffered += chunk));

  async function ask(line: string): Promise<string> {
    stdin.write(`${line}\n`);
    const signal = AbortSignal.timeout(timeoutMs);
    while (!buffered.includes("\n")) {
      await Promise.race([
        once(answers, "data", { signal }).catch(() =>
          Promise.reject(new Error(`it takes longer than ${timeoutMs} ms`)),
        ),
        ended.then(() => Promise.reject(new Error("the command ended the shell"))),
      ]);
    }
    const end = buffered.indexOf("\n");
    const answer = buffered.slice(0, end);
    buffered = buffered.slice(end + 1);
    return answer;
  }

  function prepare(command: string) {
    const file = join(folder, `${count++}`);
    writeFileSync(`${file}.sh`, `${command}\n`);
    closeSync(openSync(`${file}.out`, "w"));
    return { file, printed: () => readFileSync(`${file}.out`, "utf8") };
  }

  return {
    async run(command) {
      const { file, printed } = prepare(command);
      const status = await ask(`set -o pipefail; . '${file}.sh' </dev/null >>'${file}.out' 2>&1 3>&-; echo $? >&3`);
      return { printed: printed(), status: Number(status) };
    },
    async start(command) {
      const { file, printed } = prepare(command);
      // With job control it has its own group, which receives signals as a whole.
      const pid = await ask(
        `{ set -m; ( . '${file}.sh' </dev/null >>'${file}.out' 2>&1 3>&- ) & set +m; } 2>/dev/null; echo $! >&3`,
      );
      groups.add(Number(pid));
      return {
        printed,
        stop: async () => {
          const status = await ask(`kill -INT -- -${pid}; wait ${pid}; echo $? >&3`);
          groups.delete(Number(pid));
          return { printed: printed(), status: Number(status) };
        },
      };
    },
    async close() {
      stdin.end();
      for (const group of [...groups, bash.pid as number]) {
        try {
          process.kill(-group, "SIGKILL");
        } catch {
          // It has already ended.
        }
      }
      await ended;
    },
  };
}
