// `node:fs` for the lean edition: the functions that its path calls.
import { asBuffer, checked, given, host, type RawStats, systemError } from "../host.js";

const [O_RDONLY = 0, O_WRONLY = 0, O_RDWR = 0, O_CREAT = 0, O_EXCL = 0, O_TRUNC = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0] =
  host.flags;

export const constants = {
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_CREAT,
  O_EXCL,
  O_TRUNC,
  O_NOFOLLOW,
  O_NONBLOCK,
  X_OK: 1,
} as const;

const words: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  "r+": O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL,
};

const typeMask = 0o170000;
const types = {
  file: 0o100000,
  folder: 0o040000,
  link: 0o120000,
  pipe: 0o010000,
  character: 0o020000,
  socket: 0o140000,
};

class Stats {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;

  constructor(raw: RawStats) {
    const [dev = 0, ino = 0, mode = 0, nlink = 0, uid = 0, gid = 0, size = 0] = raw;
    const [mtime = 0, mtimeNs = 0, ctime = 0, ctimeNs = 0] = raw.slice(7);
    this.dev = dev;
    this.ino = ino;
    this.mode = mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.size = size;
    this.mtimeMs = mtime * 1e3 + mtimeNs / 1e6;
    this.ctimeMs = ctime * 1e3 + ctimeNs / 1e6;
  }

  isFile = () => (this.mode & typeMask) === types.file;
  isDirectory = () => (this.mode & typeMask) === types.folder;
  isSymbolicLink = () => (this.mode & typeMask) === types.link;
  isFIFO = () => (this.mode & typeMask) === types.pipe;
  isCharacterDevice = () => (this.mode & typeMask) === types.character;
  isSocket = () => (this.mode & typeMask) === types.socket;
}

interface StatOptions {
  readonly throwIfNoEntry?: boolean;
  readonly bigint?: boolean;
}

function readStats(path: string, follow: boolean, { throwIfNoEntry = true, bigint = false }: StatOptions = {}) {
  const raw = host.stat(path, follow);
  if (typeof raw !== "number") return bigint ? inBigInts(raw) : new Stats(raw);
  const error = systemError(raw, follow ? "stat" : "lstat", path);
  if (!throwIfNoEntry && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
  throw error;
}

function inBigInts(raw: RawStats) {
  const [dev = 0n, ino = 0n, mode = 0n, nlink = 0n, uid = 0n, gid = 0n, size = 0n, ...times] = raw.map(BigInt);
  const [mtime = 0n, mtimeNs = 0n, ctime = 0n, ctimeNs = 0n] = times;
  const second = 1_000_000_000n;
  return {
    dev,
    ino,
    mode,
    nlink,
    uid,
    gid,
    size,
    mtimeNs: mtime * second + mtimeNs,
    ctimeNs: ctime * second + ctimeNs,
  };
}

export const statSync = (path: string, options?: StatOptions) => readStats(path, true, options);
export const lstatSync = (path: string, options?: StatOptions) => readStats(path, false, options);
export const fstatSync = (fd: number) => new Stats(given(host.fstat(fd), "fstat"));
export const existsSync = (path: string) => typeof host.stat(path, true) !== "number";

export function openSync(path: string, flags: number | string = "r", mode = 0o666): number {
  const numeric = typeof flags === "number" ? flags : words[flags];
  if (numeric === undefined) throw new TypeError(`flags ${flags}`);
  return checked(host.open(path, numeric, mode), "open", path);
}

export const accessSync = (path: string, mode = 0) => void checked(host.access(path, mode), "access", path);
export const closeSync = (fd: number) => void checked(host.close(fd), "close");

export function readSync(fd: number, into: Uint8Array, offset = 0, length = into.length - offset): number {
  const bytes = given(host.read(fd, length), "read");
  into.set(bytes, offset);
  return bytes.length;
}

const pieceBytes = 64 * 1024;

function readToEnd(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = given(host.read(fd, pieceBytes), "read");
    if (piece.length === 0) return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces.push(asBuffer(piece));
  }
}

export function readFileSync(file: number | string, encoding?: string): Buffer | string {
  const fd = typeof file === "number" ? file : openSync(file, constants.O_RDONLY);
  try {
    const bytes = readToEnd(fd);
    return encoding === undefined ? bytes : bytes.toString("utf8");
  } finally {
    if (typeof file !== "number") closeSync(fd);
  }
}

export function writeSync(fd: number, data: Uint8Array | string, offset = 0): number {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  return checked(host.write(fd, offset === 0 ? bytes : bytes.subarray(offset)), "write");
}

export const fsyncSync = (fd: number) => void checked(host.fsync(fd), "fsync");
export const fchmodSync = (fd: number, mode: number) => void checked(host.fchmod(fd, mode), "fchmod");
export const fchownSync = (fd: number, uid: number, gid: number) => void checked(host.fchown(fd, uid, gid), "fchown");
export const ftruncateSync = (fd: number, size = 0) => void checked(host.ftruncate(fd, size), "ftruncate");
export const renameSync = (from: string, to: string) => void checked(host.rename(from, to), "rename", from);
export const rmdirSync = (path: string) => void checked(host.rmdir(path), "rmdir", path);
export const unlinkSync = (path: string) => void checked(host.unlink(path), "unlink", path);
export const readlinkSync = (path: string) => given(host.readLink(path), "readlink", path);
export const realpathSync = (path: string) => given(host.realPath(path), "realpath", path);
export const readdirSync = (path: string) => [...given(host.readFolder(path), "scandir", path)];

export function mkdirSync(path: string, { mode = 0o777 }: { readonly mode?: number } = {}): void {
  checked(host.mkdir(path, mode), "mkdir", path);
}

export function mkdtempSync(prefix: string): string {
  const random = host.random(6);
  if (random === undefined) throw new Error("no randomness");
  const path = prefix + asBuffer(random).toString("hex");
  mkdirSync(path, { mode: 0o700 });
  return path;
}

export function utimesSync(path: string, _accessed: Date, changed: Date): void {
  checked(host.touch(path, changed.getTime() / 1000), "utime", path);
}

export function rmSync(
  path: string,
  { recursive = false, force = false }: { readonly recursive?: boolean; readonly force?: boolean } = {},
): void {
  const found = lstatSync(path, { throwIfNoEntry: !force });
  if (found === undefined) return;
  if (!("isDirectory" in found) || !found.isDirectory()) return unlinkSync(path);
  if (!recursive) throw Object.assign(new Error(`EISDIR: rm '${path}'`), { code: "ERR_FS_EISDIR" });
  for (const name of readdirSync(path)) rmSync(`${path}/${name}`, { recursive, force });
  rmdirSync(path);
}
