import { fstatSync, writeSync } from "node:fs";
import type { Invocation } from "./commands/invocation.js";
import { formatProcessDocument } from "./delivery/process-document.js";
import { answerFromIndex } from "./vending/cache/answer-from-index.js";
import type { IndexedInvocation } from "./vending/cache/invocation-index.js";

/** The process as a value; nothing else in this program reads `process` for its inputs. */
function captureInvocation(indexed: IndexedInvocation): Invocation {
  let stderr: typeof process.stderr | undefined;
  return {
    ...indexed,
    workingDirectory: workingDirectory(),
    startedMs: performance.timeOrigin,
    executablePath: executablePath(),
    processId: process.pid,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      // Opened when first asked for. Messages that nobody reads any more must not end a program that works.
      stderr ??= process.stderr.on("error", () => undefined);
      return stderr;
    },
    onSignal(listener, signals) {
      const names = signals ?? (["SIGINT", "SIGTERM"] as const);
      for (const name of names) process.on(name, listener as NodeJS.SignalsListener);
      return () => {
        for (const name of names) process.off(name, listener as NodeJS.SignalsListener);
      };
    },
    raise(signal) {
      // Those that dump core would leave the core of this program, with its secrets in it.
      if (["SIGHUP", "SIGINT", "SIGKILL", "SIGTERM"].includes(signal)) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
      return 128 + process.getBuiltinModule("node:os").constants.signals[signal];
    },
  };
}

function homeDirectory(variables: NodeJS.ProcessEnv): string | undefined {
  const { HOME, USERPROFILE, HOMEDRIVE, HOMEPATH } = variables;
  if (HOME !== undefined && HOME !== "") return HOME;
  if (process.platform !== "win32") return undefined;
  return USERPROFILE ?? (HOMEDRIVE !== undefined && HOMEPATH !== undefined ? HOMEDRIVE + HOMEPATH : undefined);
}

/** A standalone executable names a script within itself. */
function executablePath(): string {
  const script = process.argv[1];
  return script === undefined || /^(?:\/\$bunfs|[A-Z]:[\\/]~BUN)[\\/]/.test(script) ? process.execPath : script;
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // It was removed; absolute paths still work.
    return ".";
  }
}

/** Answers from the cache before anything else is loaded. */
function answerAtOnce(indexed: IndexedInvocation): boolean {
  if (indexed.argv[0] !== "credential-process") return false;
  const credentials = answerFromIndex(indexed, workingDirectory, Date.now());
  // A terminal wants a line end, and asking whether it is one takes longer than the full path is worth there.
  if (credentials === undefined || isTerminalLike(1)) return false;
  writeOut(Buffer.from(formatProcessDocument(credentials)));
  return true;
}

function isTerminalLike(fd: number): boolean {
  try {
    // A terminal is a character device, and so is /dev/null; only these two are worth the loading of node:tty.
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return true;
  }
}

function writeOut(bytes: Buffer): void {
  try {
    const written = writeSync(1, bytes);
    if (written < bytes.length) process.stdout.write(bytes.subarray(written));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") process.stdout.write(bytes);
    else if (code !== "EPIPE") throw error;
  }
}

async function start(): Promise<void> {
  const variables = { ...process.env };
  const indexed = {
    argv: process.argv.slice(2),
    variables,
    homeDirectory: homeDirectory(variables),
    platform: process.platform,
  };
  if (answerAtOnce(indexed)) return;
  // The AWS SDK writes its own Node.js version warning to stderr, which one credential_process reader parses.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const { main } = await import("./main.js");
  process.exitCode = await main(captureInvocation(indexed));
}

void start();
