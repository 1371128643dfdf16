import { makeFolder } from "./make-folder.js";
import { randomUUID } from "node:crypto";
import {
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../errors.js";

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Windows knows no such flag, and has no links that need it. */
const O_NOFOLLOW = (constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

/** Makes the folder and what is missing above it, for the owner alone. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}

/**
 * Writes a file of the owner's alone (0600): it is there whole or not at all.
 *
 * @throws UsageError `ERR_OUTPUT` when the path is a link or no regular file, or cannot be written.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present?.isSymbolicLink() === true) {
    throw new UsageError("ERR_OUTPUT", `${path} is a symbolic link, which secrets are not written through`, {
      hints: ["name the file itself, or remove the link"],
    });
  }
  if (present !== undefined && !present.isFile()) {
    throw new UsageError("ERR_OUTPUT", `${path} is not a regular file`, { hints: ["name a file"] });
  }
  try {
    replaceFile(path, content, present);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Puts a new file in the place of the old one in one step: written beside, flushed, renamed.
 *
 * @param present The file to replace, whose owner the new one gets.
 * @throws Error of the file system, with nothing changed.
 */
export function replaceFile(path: string, content: string | Uint8Array, present: Stats | undefined): void {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}${temporarySuffix}`);
  const file = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      writeAll(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    keepOwner(beside, present);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

/** How the names of files end that a killed process may leave behind. */
export const temporarySuffix = ".rolesanywhere-ts.tmp";

/**
 * Writes over a file where it stands. Readers see the old or the new content: a shorter one is first written with line
 * ends up to the old length, and cut afterwards.
 */
export function overwriteFile(path: string, content: Uint8Array, present: Stats): void {
  const file = openSync(path, "r+");
  try {
    if ((present.mode & 0o777) !== 0o600) fchmodSync(file, 0o600);
    const padding = Buffer.alloc(Math.max(0, present.size - content.length), "\n");
    writeAll(file, Buffer.concat([content, padding]));
    ftruncateSync(file, content.length);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function cannotWrite(path: string, error: unknown): UsageError {
  const { code = "unknown fault" } = error as NodeJS.ErrnoException;
  return new UsageError("ERR_OUTPUT", `cannot write ${path}: ${code}`, {
    cause: error,
    hints: [code === "ENOENT" ? "make its folder first" : "check the path and the modes of the file and its folder"],
  });
}

function writeAll(file: number, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function keepOwner(path: string, present: Stats | undefined): void {
  if (present === undefined) return;
  const { uid, gid } = lstatSync(path);
  if (uid !== present.uid || gid !== present.gid) chownSync(path, present.uid, present.gid);
}

/** Makes the renaming itself last; not every system can open a folder. */
function flushFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The content is safe without it.
  }
}
