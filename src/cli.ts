import { fstatSync, writeSync } from "node:fs";
import type { ProcessState } from "./commands/invocation.js";
import type { createTextOutput as CreateTextOutput, TextOutput } from "./commands/line/text-output.js";
import { formatProcessDocument } from "./delivery/process-document.js";
import { answerFromIndex } from "./vending/cache/answer-from-index.js";
import type { IndexedInvocation } from "./vending/cache/invocation-index.js";

/** The process as a value; nothing else in this program reads `process` for its inputs. */
function captureInvocation(indexed: IndexedInvocation, createTextOutput: typeof CreateTextOutput): ProcessState {
  let stderr: TextOutput | undefined;
  let stdout: typeof process.stdout | undefined;
  return {
    ...indexed,
    timeLimitMs: timeLimitMs(indexed.variables),
    workingDirectory: workingDirectory(),
    startedMs: performance.timeOrigin,
    executablePath: executablePath(),
    processId: process.pid,
    secrets: { typed: new Map(), refused: new Set() },
    descriptors: new Map(),
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      // What writes there sees the failure; without a listener it would be a stack trace besides.
      stdout ??= process.stdout.on("error", () => undefined);
      return stdout;
    },
    get stderr() {
      // Opened when first asked for. Messages that nobody reads any more must not end a program that works.
      stderr ??= createTextOutput(process.stderr.on("error", () => undefined));
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
  return writeOut(Buffer.from(formatProcessDocument(credentials)));
}

function isTerminalLike(fd: number): boolean {
  try {
    // A terminal is a character device, and so is /dev/null; only these two are worth the loading of node:tty.
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return true;
  }
}

/** Writes the answer at once where that works; else the full path says what is wrong. */
function writeOut(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch {
      // Somebody may have read the beginning; nothing else may follow it than the rest.
      if (at === 0) return false;
      process.stdout.on("error", () => {
        process.exitCode = failingStatus;
      });
      process.stdout.write(bytes.subarray(at));
      return true;
    }
  }
  return true;
}

/** A fault of this program, until the run has earned another status. */
const failingStatus = 70;
/** What is still open after the end, such as a connection that nobody answers, does not keep the process longer. */
const lingerMs = 500;

/** Done within 50 seconds, whatever happens; tests make it shorter. */
function timeLimitMs({ ROLESANYWHERE_TS_TIME_LIMIT_MS: shorter }: NodeJS.ProcessEnv): number {
  const ms = Number(shorter);
  return ms > 0 && ms < 50_000 ? ms : 50_000;
}

/** An event loop with nothing left to wait for ends the process, whatever the run had in hand. */
function reportUnfinished(): void {
  try {
    writeSync(
      2,
      "rolesanywhere-ts: error: the run ended unfinished, with nothing left to wait for: please report this\n",
    );
  } catch {
    // The status tells it too.
  }
}

async function start(): Promise<void> {
  process.exitCode = failingStatus;
  const variables = { ...process.env };
  const indexed = {
    argv: process.argv.slice(2),
    variables,
    homeDirectory: homeDirectory(variables),
    platform: process.platform,
  };
  if (answerAtOnce(indexed)) {
    process.exitCode = 0;
    return;
  }
  process.once("beforeExit", reportUnfinished);
  // The AWS SDK writes its own Node.js version warning to stderr, which one credential_process reader parses.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const { createTextOutput, main } = await import("./main.js");
  process.exitCode = await main(captureInvocation(indexed, createTextOutput));
  process.off("beforeExit", reportUnfinished);
  // oxlint-disable-next-line unicorn/no-process-exit -- the one way to end with connections open
  setTimeout(() => process.exit(), lingerMs).unref();
}

void start();
