import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
  type Stats,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { whileBusy } from "./busy.js";
import { temporaryPath } from "./temporary.js";

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Windows does not have this flag, and no links that need it. */
const O_NOFOLLOW = (constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

/** Errors of folders without write access and irreplaceable files: bind mounts, read-only folders, other owners. */
const standsInTheWay: ReadonlySet<string | undefined> = new Set(["EACCES", "EBUSY", "EPERM", "EROFS", "EXDEV"]);
const copiedBytes = 1024 * 1024;
const ownerOnly = 0o600;

export interface ReplacementOptions {
  /** A new file is private, and an existing one that everyone could read becomes private. */
  readonly secret: boolean;
  /** Whether the file must survive a power failure. Default true. */
  readonly flush?: boolean;
  /** How long to retry on Windows while another program has the file open, in milliseconds. Default 5 000. */
  readonly busyMs?: number;
  /** Overwrites an existing file instead of replacing it. */
  readonly inPlace?: boolean;
}

/** A file that is being written, hidden until it is complete. */
export interface Replacement {
  readonly fd: number;
  /** Renames the file atomically. @throws Error of the file system; the old file is unchanged then. */
  commit(): void;
  discard(): void;
}

/**
 * Starts writing a file: next to its path, then flushed and renamed. Mode and owner of an existing file are kept. If it
 * cannot be replaced (a bind mount, several hard links, a folder without write access), its content is overwritten.
 *
 * @param path Must not be a link.
 * @param present The existing file.
 * @throws Error of the file system.
 */
export function beginReplacement(path: string, present: Stats | undefined, options: ReplacementOptions): Replacement {
  const hidden = openHidden(path, present, options);
  let open = true;
  const close = () => {
    if (open) closeSync(hidden.fd);
    open = false;
  };
  return {
    fd: hidden.fd,
    commit() {
      let placed = false;
      try {
        if (options.flush !== false) fsyncSync(hidden.fd);
        const replaces = options.inPlace !== true && !hidden.elsewhere && keepAccess(hidden.fd, present, options);
        close();
        if (replaces) giveName(hidden.path, path, present, options);
        else copyInto(hidden.path, path, options);
        placed = replaces;
      } finally {
        close();
        // Only if needed: Node.js loads its code for removal on first use, which takes half a millisecond.
        if (!placed) hidden.remove();
      }
    },
    discard() {
      close();
      hidden.remove();
    },
  };
}

/**
 * Writes a file completely or not at all, at a path that is not a link, in a folder where no other user can write.
 *
 * @throws Error of the file system.
 */
export function replaceContent(
  path: string,
  content: string | Uint8Array,
  { present, ...options }: ReplacementOptions & { readonly present?: Stats | undefined },
): void {
  const file = beginReplacement(path, present, options);
  try {
    writeAll(file.fd, typeof content === "string" ? Buffer.from(content, "utf8") : content);
  } catch (error) {
    file.discard();
    throw error;
  }
  file.commit();
}

interface Hidden {
  readonly path: string;
  readonly fd: number;
  /** Whether it is in another folder, and so must be copied to its place. */
  readonly elsewhere: boolean;
  readonly remove: () => void;
}

function openHidden(path: string, present: Stats | undefined, { secret }: ReplacementOptions): Hidden {
  const mode = secret || present !== undefined ? ownerOnly : 0o666;
  const open = (hidden: string) => openSync(hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  const beside = temporaryPath(path);
  try {
    return { path: beside, fd: open(beside), elsewhere: false, remove: () => rmSync(beside, { force: true }) };
  } catch (error) {
    if (present === undefined || !isInTheWay(error)) throw error;
  }
  // Fails now, not after everything is written, if the file cannot be overwritten either.
  closeSync(openSync(path, "r+"));
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-"));
  const file = join(folder, "whole");
  return {
    path: file,
    fd: open(file),
    elsewhere: true,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Renames a complete file within its folder, with the mode and owner of the file that it replaces.
 *
 * @throws Error of the file system; the old file is unchanged then.
 */
export function placeFile(from: string, path: string, present: Stats | undefined, options: ReplacementOptions): void {
  const fd = openSync(from, constants.O_RDONLY | O_NOFOLLOW);
  let replaces: boolean;
  try {
    replaces = keepAccess(fd, present, options);
  } finally {
    closeSync(fd);
  }
  if (replaces) return giveName(from, path, present, options);
  copyInto(from, path, options);
  rmSync(from, { force: true });
}

function giveName(from: string, path: string, present: Stats | undefined, options: ReplacementOptions): void {
  const { flush = true, busyMs = 5_000 } = options;
  try {
    whileBusy(() => renameSync(from, path), { waitMs: busyMs });
  } catch (error) {
    if (present === undefined || !isInTheWay(error)) throw error;
    copyInto(from, path, options);
    rmSync(from, { force: true });
    return;
  }
  if (flush) flushFolder(dirname(path));
}

/**
 * Gives a file the owner and mode of the one that it replaces. The owner comes first, so that nobody gains access even
 * for a moment.
 *
 * @returns false if it cannot replace that file: it has several hard links, or an owner that cannot be kept.
 */
function keepAccess(fd: number, present: Stats | undefined, { secret }: ReplacementOptions): boolean {
  if (present === undefined) return true;
  if (present.nlink > 1) return false;
  if (process.platform === "win32") return true;
  try {
    const { uid, gid } = fstatSync(fd);
    if (uid !== present.uid || gid !== present.gid) fchownSync(fd, present.uid, present.gid);
    const mode = keptMode(present, secret);
    if ((fstatSync(fd).mode & 0o777) !== mode) fchmodSync(fd, mode);
    return true;
  } catch (error) {
    if (isInTheWay(error)) return false;
    throw error;
  }
}

/** Access of a group was given on purpose; a secret that everyone can read is an accident of the umask. */
export function keptMode({ mode }: Stats, secret: boolean): number {
  return secret && (mode & 0o007) !== 0 ? ownerOnly : mode & 0o777;
}

/**
 * Overwrites a file. Readers see the old or the new content: shorter content is first padded with line ends to the old
 * length, and truncated afterwards.
 */
function copyInto(from: string, path: string, { secret, flush = true, busyMs = 5_000 }: ReplacementOptions): void {
  const source = openSync(from, "r");
  try {
    const file = whileBusy(() => openSync(path, constants.O_RDWR | O_NOFOLLOW), { waitMs: busyMs });
    try {
      const present = fstatSync(file);
      const mode = keptMode(present, secret);
      if (process.platform !== "win32" && mode !== (present.mode & 0o777)) fchmodSync(file, mode);
      const length = fstatSync(source).size;
      const room = Math.max(0, Math.min(present.size, copiedBytes) - length);
      const piece = Buffer.alloc(Math.min(copiedBytes, length + room), "\n");
      for (let at = 0; at < length;) {
        const got = readSync(source, piece, 0, piece.length, at);
        writeAll(file, at + got < length ? piece.subarray(0, got) : piece.subarray(0, got + room), at);
        at += got;
      }
      ftruncateSync(file, length);
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } finally {
    closeSync(source);
  }
}

/** Writes all bytes, at the end or at a position. */
export function writeAll(file: number, bytes: Uint8Array, position?: number): void {
  for (let written = 0; written < bytes.length;) {
    const at = position === undefined ? null : position + written;
    written += writeSync(file, bytes, written, bytes.length - written, at);
  }
}

function isInTheWay(error: unknown): boolean {
  return standsInTheWay.has((error as NodeJS.ErrnoException).code);
}

/** Makes the rename itself durable. Not every system can open a folder. */
export function flushFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The content is safe without this.
  }
}
