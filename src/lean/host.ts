/** A system call that failed: its negative error number. Everything else is a result. */
type OrError<T> = T | number;

/** `dev`, `ino`, `mode`, `nlink`, `uid`, `gid`, `size`, and seconds and nanoseconds of `mtime` and `ctime`. */
export type RawStats = readonly number[];

/** What lean/src gives to the program, besides the globals of LLRT. Cryptography returns undefined for what it lacks. */
export interface Host {
  /** Arguments after the program name; undefined if one is not UTF-8. */
  readonly words: readonly string[] | undefined;
  /** Without links; undefined if it is not UTF-8. */
  readonly executable: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether all names and values of variables are UTF-8. */
  readonly readable: boolean;
  readonly pid: number;
  readonly platform: "linux" | "darwin";
  /** Evaluates the second module, which stores its exports in `rest`. */
  readonly loadRest: () => void;
  /** Exports of the second module. */
  rest?: unknown;
  /** Why the full program shall run instead. Here, because both modules contain their own `hand-over.ts`. */
  wanted?: string;
  /** Runs a timer that is due; returns the time until the next one in milliseconds, undefined without any. */
  turn?: () => number | undefined;
  /** Called when nothing is left to wait for. */
  atEnd?: () => void;
  /** Replaces this process by a program with the same words and variables. Returns only an error. */
  readonly exec: (path: string) => number;
  readonly exit: (status: number) => never;

  /** Since the program started. */
  readonly elapsedMs: () => number;
  /** Connects in the background, with TLS if `secure`. Returns the number of the connection, or an error. */
  readonly connect: (hostname: string, port: number, secure: boolean, roots: string | undefined) => number;
  /** Sends one request over a connection, once connected. */
  readonly request: (connection: number, text: string, maxBodyBytes: number, done: RequestDone) => void;

  readonly errorName: (error: number) => string | undefined;
  readonly flags: readonly number[];
  readonly open: (path: string, flags: number, mode: number) => number;
  readonly close: (fd: number) => number;
  readonly read: (fd: number, length: number) => OrError<Uint8Array>;
  readonly write: (fd: number, bytes: Uint8Array) => number;
  readonly stat: (path: string, follow: boolean) => OrError<RawStats>;
  readonly fstat: (fd: number) => OrError<RawStats>;
  readonly fsync: (fd: number) => number;
  readonly fchmod: (fd: number, mode: number) => number;
  readonly fchown: (fd: number, uid: number, gid: number) => number;
  readonly ftruncate: (fd: number, size: number) => number;
  readonly access: (path: string, mode: number) => number;
  readonly rename: (from: string, to: string) => number;
  readonly mkdir: (path: string, mode: number) => number;
  readonly rmdir: (path: string) => number;
  readonly unlink: (path: string) => number;
  /** Sets both times, in seconds since 1970. */
  readonly touch: (path: string, seconds: number) => number;
  readonly readFolder: (path: string) => OrError<readonly string[]>;
  readonly readLink: (path: string) => OrError<string>;
  readonly realPath: (path: string) => OrError<string>;
  readonly workingFolder: () => OrError<string>;
  readonly hostName: () => string;
  readonly user: () => number;
  readonly kill: (pid: number, signal: number) => number;
  readonly isTerminal: (fd: number) => boolean;
  readonly pause: (ms: number) => void;

  /** Whether the text needs no repair. */
  readonly isPlainPem: (text: string) => boolean;
  /** Skips other characters. */
  readonly decodeBase64: (text: string) => Uint8Array;
  readonly areEqual: (one: Uint8Array, other: Uint8Array) => boolean;
  /** Undefined if the bytes are damaged, or unusual. */
  readonly formatOid: (content: Uint8Array) => string | undefined;

  readonly hash: (name: string, data: Uint8Array) => Uint8Array | undefined;
  readonly random: (length: number) => Uint8Array | undefined;
  readonly derive: (secret: Uint8Array, salt: Uint8Array, info: string, length: number) => Uint8Array | undefined;
  readonly seal: Gcm;
  readonly unseal: Gcm;
  readonly stretch: (
    hash: string,
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
  ) => Uint8Array | undefined;
  readonly decryptCbc: (key: Uint8Array, iv: Uint8Array, data: Uint8Array) => Uint8Array | undefined;
  readonly signRsa: (hash: string, key: Uint8Array, data: Uint8Array) => Uint8Array | undefined;
  readonly publicRsa: (key: Uint8Array) => Uint8Array | undefined;
  readonly signEc: (
    curve: string,
    hash: string,
    scalar: Uint8Array,
    point: Uint8Array,
    data: Uint8Array,
  ) => Uint8Array | undefined;
  /** @param given The public point in the key's file. */
  readonly publicEc: (curve: string, scalar: Uint8Array, given: Uint8Array | undefined) => Uint8Array | undefined;
  readonly verify: (
    kind: string,
    hash: string,
    key: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ) => boolean | undefined;
}

export interface RequestFailure {
  readonly kind: "connecting" | "dropped" | "long";
  readonly text: string;
  /** Name of the system's error. */
  readonly code: string | undefined;
}

type RequestDone = (
  failure: RequestFailure | undefined,
  statusCode: number,
  headers: Readonly<Record<string, string>>,
  body: string,
) => void;

/** AES-256-GCM with the tag at the end of the ciphertext. */
type Gcm = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array) => Uint8Array | undefined;

declare const __host: Host;

export const host = __host;

/** Creates Node's error for a failed system call. */
export function systemError(error: number, call: string, path?: string): NodeJS.ErrnoException {
  const code = host.errorName(-error) ?? `E${-error}`;
  const where = path === undefined ? "" : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${call}${where}`), { code, errno: error, syscall: call });
}

/** @throws Node's error if the call failed */
export function checked(result: number, call: string, path?: string): number {
  if (result < 0) throw systemError(result, call, path);
  return result;
}

/** @throws Node's error if the call failed */
export function given<T extends object | string>(result: OrError<T>, call: string, path?: string): T {
  if (typeof result === "number") throw systemError(result, call, path);
  return result;
}

/** @returns A buffer on the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
