// Node's `process` and timers as src/cli.ts uses them. Evaluated before all other modules.
import { handOver, handOverIfRequested } from "./hand-over.js";
import { asBuffer, host, systemError } from "./host.js";
import * as os from "./node/os.js";
import * as tty from "./node/tty.js";
import { clear, setInterval, setTimeout } from "./timers.js";

type Written = (error?: Error) => void;

/** A standard stream. Everything is written at once. */
class Stream {
  errored: Error | null = null;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get isTTY(): boolean {
    return host.isTerminal(this.#fd);
  }

  on(): this {
    return this;
  }

  write(chunk: string | Uint8Array, written?: Written): boolean {
    // The full program reports instead what this one could not do.
    if (this.#fd === 2) handOverIfRequested();
    this.errored ??= writeAll(this.#fd, typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
    written?.(this.errored ?? undefined);
    return true;
  }
}

/** How long to wait for a reader of a pipe that does not block, in milliseconds. */
const pauseMs = 2;

function writeAll(fd: number, bytes: Uint8Array): Error | null {
  for (let at = 0; at < bytes.length;) {
    const count = host.write(fd, at === 0 ? bytes : bytes.subarray(at));
    if (count >= 0) at += count;
    else if (host.errorName(-count) === "EAGAIN") host.pause(pauseMs);
    else return systemError(count, "write");
  }
  return null;
}

const stdout = new Stream(1);
const stderr = new Stream(2);

const { words, executable } = host;
if (words === undefined || executable === undefined || !host.readable) handOver("read text that is not UTF-8");

const endListeners: (() => void)[] = [];

const lean = {
  argv: [executable, executable, ...words],
  env: { ...host.variables },
  execPath: executable,
  exitCode: 70,
  pid: host.pid,
  platform: host.platform,
  uptime: () => host.elapsedMs() / 1000,
  versions: { node: "20.20.2" },
  cwd() {
    const folder = host.workingFolder();
    if (typeof folder === "number") throw systemError(folder, "uv_cwd");
    return folder;
  },
  exit: (status: number): never => host.exit(status),
  geteuid: () => host.user(),
  getBuiltinModule: (name: string) => (name === "node:tty" ? tty : os),
  kill(pid: number, signal: number | string) {
    const number =
      typeof signal === "number"
        ? signal
        : (Object.entries(os.constants.signals).find(([name]) => name === signal)?.[1] ?? 15);
    const error = host.kill(pid, number);
    if (error < 0) throw systemError(error, "kill");
    return true;
  },
  once(event: string, listener: () => void) {
    if (event === "beforeExit") endListeners.push(listener);
  },
  on: () => undefined,
  /** The run is over: nothing waits for timers that Node.js would not wait for either. */
  off(event: string): void {
    if (event === "beforeExit") host.exit(lean.exitCode);
  },
  removeAllListeners: () => undefined,
  get stdin() {
    return handOver("read standard input");
  },
  stdout,
  stderr,
};

host.atEnd = () => {
  for (const listener of endListeners) listener();
  host.exit(lean.exitCode);
};

Object.assign(globalThis, {
  process: lean,
  console: {},
  // The program waits this way for a pipe that others write.
  Atomics: { wait: (_memory: unknown, _index: number, _value: number, ms: number) => host.pause(ms) },
  SharedArrayBuffer: ArrayBuffer,
  setTimeout,
  setInterval,
  clearTimeout: clear,
  clearInterval: clear,
});

Object.assign(Buffer.prototype, {
  equals(this: Uint8Array, other: Uint8Array): boolean {
    return host.areEqual(this, other);
  },
  indexOf(this: Uint8Array, sought: string | number, from?: number): number {
    return Uint8Array.prototype.indexOf.call(this, typeof sought === "number" ? sought : sought.charCodeAt(0), from);
  },
});

type From = (data: unknown, ...others: readonly unknown[]) => Buffer;
const strictFrom = Buffer.from.bind(Buffer) as From;

/** LLRT refuses base64 with anything else in it, which Node.js skips. */
const from: From = (data, ...others) => {
  const [encoding] = others;
  return typeof data === "string" && (encoding === "base64" || encoding === "base64url")
    ? asBuffer(host.decodeBase64(data))
    : strictFrom(data, ...others);
};
Object.assign(Buffer, { from });
