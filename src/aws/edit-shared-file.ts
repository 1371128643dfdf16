import { createHash } from "node:crypto";
import { readFileSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { systemCode, UsageError } from "../errors.js";
import { acquireLock, type HeldLock } from "./files/lock.js";
import { finishInPlace, isMountPoint, writeInPlace } from "./files/in-place.js";
import { makePrivateFolder } from "./files/make-folder.js";
import { ownFolder } from "./files/own-folder.js";
import { keptMode, replaceContent } from "./files/replacement.js";
import { findFile } from "./files/target.js";
import { removeLeftovers } from "./files/temporary.js";
import { cannotWrite } from "./files/write-failure.js";
import { editIniSection, type SectionEdit } from "./ini/edit.js";

/** What tells that a folder takes no lock: read-only folders, foreign owners. */
const standsInTheWay: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS"]);
const maxAttempts = 20;

/** How the file is to be kept. */
export interface SharedFileOptions {
  /** It holds secrets: an old file that everyone can read becomes its owner's alone. A new one is that anyway. */
  readonly secret: boolean;
  /** Keeps the inode, for readers that have the file itself mounted. */
  readonly inPlace?: boolean;
}

/**
 * Says, before any work is done for it, why the file cannot be written.
 *
 * @throws UsageError `ERR_OUTPUT` for a device, a named pipe, a socket, a folder, and what another user may have planted.
 */
export function requireSharedFile(path: string): void {
  findFile(path, { secret: true });
}

/**
 * Edits one section of a shared config or credentials file: under a lock, from the file as it then is, replaced in one
 * step. Links stay links. Where the file cannot be replaced (a bind mount, a hard link, a folder without write access) it
 * is written in place. Mode and owner are kept; a new file gets mode 0600, a new folder 0700.
 *
 * @throws UsageError `ERR_CONFIG_FILE` when the file cannot be read, `ERR_OUTPUT` when it cannot be written.
 */
export async function editSharedFile(path: string, edit: SectionEdit, options: SharedFileOptions): Promise<void> {
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

/** @returns false when another program changed the file meanwhile. */
function editOnce(file: string, edit: SectionEdit, lock: FileLock, options: SharedFileOptions): boolean {
  const { secret, inPlace = false } = options;
  const { present } = findFile(file, { secret: true });
  const before = present === undefined ? Buffer.alloc(0) : readShared(file);
  const after = Buffer.from(editIniSection(before.toString("latin1"), encoded(edit)), "latin1");
  if (present !== undefined && after.equals(before) && (present.mode & 0o777) === keptMode(present, secret))
    return true;
  if (!isSame(present, statSync(file, { throwIfNoEntry: false })) || !lock.isHeld()) return false;
  try {
    removeLeftovers(file, true);
    removeLeftovers(lockName(file));
    if (present !== undefined && (inPlace || mustKeepInode(file, present))) {
      writeInPlace(file, { before, after, journal: lock.journal, present, secret });
    } else {
      // A new file is its owner's alone, whatever it holds: nobody has been given a right to it yet.
      replaceContent(file, after, { secret: secret || present === undefined, present });
    }
  } catch (error) {
    if (!lock.isHeld()) return false;
    throw cannotWrite(file, error);
  }
  return true;
}

/** Whether other names, a mount or another owner keep the file from being replaced. */
function mustKeepInode(file: string, { nlink, uid }: Stats): boolean {
  const user = process.geteuid?.();
  return nlink > 1 || (user !== undefined && user !== 0 && uid !== user) || isMountPoint(file);
}

/** Bytes as Latin-1 characters, so that those that are not UTF-8 survive. */
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

interface FileLock extends HeldLock {
  /** Where a write in place keeps what it writes. */
  readonly journal: string;
}

async function lockBeside(file: string): Promise<FileLock> {
  try {
    return await lockAt(lockName(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (!standsInTheWay.has((error as NodeJS.ErrnoException).code)) throw cannotWrite(file, error);
    const digest = createHash("sha256").update(file).digest("hex").slice(0, 16);
    return lockAt(join(ownFolder(), `${digest}.lock`));
  }
}

async function lockAt(path: string): Promise<FileLock> {
  const lock = await acquireLock(path);
  return {
    isHeld: () => lock.isHeld(),
    release: () => lock.release(),
    journal: path.replace(/\.lock$/, ".journal"),
  };
}

function lockName(file: string): string {
  return join(dirname(file), `.${basename(file)}.rolesanywhere-ts.lock`);
}
