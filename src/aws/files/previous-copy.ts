import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import type { Stats } from "node:fs";
import { writeAll } from "./replacement.js";
import { removeLeftovers, temporaryPath } from "./temporary.js";

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Returns the path where the content of a file is kept after it was replaced. */
export function previousPath(file: string): string {
  return `${file}.previous`;
}

/**
 * Keeps a copy of a file next to it, with the file's mode and owner. Replaces an earlier copy.
 *
 * @throws Error of the file system, if no file can be created in the folder.
 */
export function keepPrevious(file: string, content: Uint8Array, present: Stats): void {
  const copy = previousPath(file);
  removeLeftovers(copy, true);
  const made = temporaryPath(copy);
  writeLike(made, content, present);
  renameSync(made, copy);
}

/**
 * Creates a file with the owner and mode of another, so that nobody gains access.
 *
 * @throws Error of the file system, without leaving a file behind.
 */
export function writeLike(path: string, content: Uint8Array, { uid, gid, mode }: Stats): void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  try {
    writeAll(file, content);
    if (process.platform !== "win32") {
      const owned = changeOwner(file, uid, gid);
      fchmodSync(file, owned ? mode & 0o777 : mode & 0o700);
    }
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function changeOwner(file: number, uid: number, gid: number): boolean {
  if (uid === process.geteuid?.() && gid === process.getegid?.()) return true;
  try {
    fchownSync(file, uid, gid);
    return true;
  } catch {
    return false;
  }
}
