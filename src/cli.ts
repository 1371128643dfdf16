import { fstatSync, writeSync } from "node:fs";
import type { ProcessState } from "./commands/invocation.js";
import type { createTextOutput as CreateTextOutput, TextOutput } from "./commands/line/text-output.js";
import { formatProcessDocument } from "./delivery/process-document.js";
import { answerFromIndex } from "./vending/cache/answer-from-index.js";
import type { IndexedInvocation } from "./vending/cache/invocation-index.js";

/** The inputs of the process as a value. No other code reads them from `process`. */
function captureInvocation(indexed: IndexedInvocation, createTextOutput: typeof CreateTextOutput): ProcessState {
  let stderr: TextOutput | undefined;
  let stdout: typeof process.stdout | undefined;
  return {
    ...indexed,
    timeLimitMs: timeLimitMs(indexed.variables),
    workingDirectory: workingDirectory(),
    // performance.timeOrigin would load node:perf_hooks.
    startedMs: Date.now() - process.uptime() * 1000,
    executablePath: executablePath(),
    processId: process.pid,
    secrets: { typed: new Map(), refused: new Set() },
    descriptors: new Map(),
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      // The writer handles the error. Without a listener Node.js would also print a stack trace.
      stdout ??= process.stdout.on("error", () => undefined);
      return stdout;
    },
    get stderr() {
      // Opens on first use. A closed stderr must not end the program.
      stderr ??= createTextOutput(process.stderr.on("error", () => undefined));
      return stderr;
    },
    onSignal(listener, signals) {
      const names: readonly NodeJS.Signals[] = signals ?? ["SIGINT", "SIGTERM"];
      for (const name of names) process.on(name, listener as NodeJS.SignalsListener);
      return () => {
        for (const name of names) process.off(name, listener as NodeJS.SignalsListener);
      };
    },
    raise(signal) {
      // Other signals would dump the core of this process, which contains secrets.
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

/** In a standalone executable, argv[1] names a script inside it. */
function executablePath(): string {
  const script = process.argv[1];
  return script === undefined || /^(?:\/\$bunfs|[A-Z]:[\\/]~BUN)[\\/]/.test(script) ? process.execPath : script;
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // The folder was removed; absolute paths still work.
    return ".";
  }
}

/** Prints a cached session before anything else is loaded. */
function answerAtOnce(indexed: IndexedInvocation): boolean {
  if (indexed.argv[0] !== "credential-process") return false;
  const answer = answerFromIndex(indexed, workingDirectory, Date.now());
  // A terminal needs a final line break, which the full path prints.
  if (answer === undefined || isTerminalLike(1)) return false;
  return writeOut(Buffer.from(formatProcessDocument(answer.credentials)));
}

function isTerminalLike(fd: number): boolean {
  try {
    // Terminals and /dev/null are character devices. Only for them node:tty is loaded.
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return true;
  }
}

/** Writes the document synchronously. If that fails, the full path reports the error. */
function writeOut(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch {
      // The reader may already have the beginning, so only the rest may follow.
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

/** Internal error: the status of a run that does not finish. */
const failingStatus = 70;
/** How long open connections may keep the process alive after the end. */
const lingerMs = 500;

/** The timeout of a run is 50 seconds; tests shorten it. */
function timeLimitMs({ ROLESANYWHERE_TS_TIME_LIMIT_MS: shorter }: NodeJS.ProcessEnv): number {
  const ms = Number(shorter);
  return ms > 0 && ms < 50_000 ? ms : 50_000;
}

/** Node.js exits when the event loop is empty, even if the run is not finished. */
function reportUnfinished(): void {
  try {
    writeSync(2, "rolesanywhere-ts: error[ERR_INTERNAL]: the run ended before it was finished: please report this\n");
  } catch {
    // The exit status is 70 too.
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
  // The AWS SDK warns of the Node.js version on stderr, which one reader of credential_process parses.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  // Its other warnings go to the console and are meant for programmers. This program does not use the console.
  // oxlint-disable-next-line no-console -- see above
  console.warn = () => undefined;
  const { createTextOutput, main } = await import("./main.js");
  process.exitCode = await main(captureInvocation(indexed, createTextOutput));
  process.off("beforeExit", reportUnfinished);
  // oxlint-disable-next-line unicorn/no-process-exit -- the only way to end with open connections
  setTimeout(() => process.exit(), lingerMs).unref();
}

void start();
