import { readFileSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { systemCode, UsageError } from "../errors.js";
import { finishInPlace, replaceOrWriteOver } from "./files/in-place.js";
import { lockBeside, lockName } from "./files/lock-beside.js";
import type { FileLock } from "./files/lock-beside.js";
import { makePrivateFolder } from "./files/make-folder.js";
import { keptMode, replaceContent } from "./files/replacement.js";
import { findFile } from "./files/target.js";
import { removeLeftovers } from "./files/temporary.js";
import { cannotWrite } from "./files/write-failure.js";
import { editIniSection, type SectionEdit } from "./ini/edit.js";

const maxAttempts = 20;

/** How to write the file. */
export interface SharedFileOptions {
  /** The file contains secrets: an existing file that everyone can read becomes private. A new one always is. */
  readonly secret: boolean;
  /** Keeps the inode, for readers that have the file itself mounted. */
  readonly inPlace?: boolean;
}

/**
 * Checks, before any other work is done, that the file can be written.
 *
 * @throws UsageError `ERR_OUTPUT` for a device, a named pipe, a socket, a folder, and what another user may have put
 *   there.
 */
export function requireSharedFile(path: string): void {
  findFile(path, { secret: true });
}

/**
 * Edits one section of a shared config or credentials file atomically and under a lock, based on its current content.
 * Links stay links. If the file cannot be replaced (a bind mount, a hard link, a folder without write access), it is
 * written in place. Mode and owner are kept; a new file gets mode 0600, a new folder 0700.
 *
 * @throws UsageError `ERR_CONFIG_FILE` when the file cannot be read, `ERR_OUTPUT` when it cannot be written.
 */
export function editSharedFile(path: string, edit: SectionEdit, options: SharedFileOptions): Promise<void> {
  const encodedEdit = encoded(edit);
  return editFile(
    path,
    (before) => Buffer.from(editIniSection(before.toString("latin1"), encodedEdit), "latin1"),
    options,
  );
}

/** Returns the new content of a file, given the old; empty for a new file. If it throws, nothing is written. */
export type FileEdit = (before: Buffer) => Buffer;

/** Edits any file in the same way. */
export async function editFile(path: string, edit: FileEdit, options: SharedFileOptions): Promise<void> {
  const { path: file } = findFile(path, { secret: true });
  try {
    makePrivateFolder(dirname(file));
  } catch (error) {
    throw cannotWrite(file, error);
  }
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const lock = await lockBeside(file);
    try {
      finishInPlace(file, findFile(file, { secret: true }).present, lock.journal);
      if (editOnce(file, edit, lock, options)) return;
    } finally {
      lock.release();
    }
  }
  throw new UsageError("ERR_OUTPUT", `${path} changed ${maxAttempts} times while it was being edited`, {
    hints: ["find the program that keeps writing it"],
  });
}

/** @returns false if another program has changed the file meanwhile. */
function editOnce(file: string, edit: FileEdit, lock: FileLock, options: SharedFileOptions): boolean {
  const { secret, inPlace = false } = options;
  const { present } = findFile(file, { secret: true });
  const before = present === undefined ? Buffer.alloc(0) : readShared(file);
  const after = edit(before);
  if (present !== undefined && after.equals(before) && (present.mode & 0o777) === keptMode(present, secret))
    return true;
  if (!isSame(present, statSync(file, { throwIfNoEntry: false })) || !lock.isHeld()) return false;
  try {
    removeLeftovers(file, true);
    removeLeftovers(lockName(file));
    // A new file is always private: nobody has been given access to it yet.
    if (present === undefined) replaceContent(file, after, { secret: true });
    else replaceOrWriteOver(file, { before, after, journal: lock.journal, present, secret }, inPlace);
  } catch (error) {
    if (!lock.isHeld()) return false;
    throw cannotWrite(file, error);
  }
  return true;
}

/** Maps bytes to Latin-1 characters, so that those that are not UTF-8 survive. */
function encoded({ matches, header, changes, ...rest }: SectionEdit): SectionEdit {
  const encode = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  const decode = (text: string) => Buffer.from(text, "latin1").toString("utf8");
  return {
    ...rest,
    matches: (found) => matches(decode(found)),
    header: encode(header),
    changes: Object.fromEntries(
      Object.entries(changes).map(([key, value]) => [key, value === undefined ? undefined : encode(value)]),
    ),
  };
}

function readShared(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError("ERR_CONFIG_FILE", `cannot read ${file}: ${systemCode(error)}`, {
      cause: error,
      hints: ["check the path and the mode of the file"],
    });
  }
  if (/^(\xFF\xFE|\xFE\xFF)/.test(bytes.toString("latin1", 0, 2))) {
    throw new UsageError("ERR_CONFIG_FILE", `${file} is UTF-16 text, expected UTF-8`, {
      hints: ["save it as UTF-8; PowerShell's > writes UTF-16, Set-Content -Encoding ascii does not"],
    });
  }
  return bytes;
}

function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.mtimeMs === other?.mtimeMs && one?.size === other?.size;
}
