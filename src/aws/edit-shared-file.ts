import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, type Stats } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.js";
import { acquireFileLock, type FileLock } from "./file-lock.js";
import { editIniSection, type SectionEdit } from "./ini/edit.js";
import { cannotWrite, makePrivateFolder, overwriteFile, replaceFile, temporarySuffix } from "./private-file.js";

/** What tells that a folder takes no new file, or a file no replacement: bind mounts, read-only folders, foreign owners. */
const standsInTheWay: ReadonlySet<string | undefined> = new Set(["EACCES", "EBUSY", "EPERM", "EROFS", "EXDEV"]);
const maximumLinks = 40;
const maximumAttempts = 20;

/**
 * Edits one section of a shared config or credentials file: under a lock, from the file as it then is, replaced in one
 * step. Links stay links. Where the file cannot be replaced (a bind mount, a hard link, a folder without write access) it
 * is written in place. The file ends up with mode 0600, a new folder with 0700.
 *
 * @throws UsageError `ERR_CONFIG_FILE` when the file cannot be read, `ERR_OUTPUT` when it cannot be written.
 */
export async function editSharedFile(path: string, edit: SectionEdit): Promise<void> {
  const file = followLinks(path);
  try {
    makePrivateFolder(dirname(file));
  } catch (error) {
    throw cannotWrite(file, error);
  }
  for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
    const lock = await lockBeside(file);
    try {
      if (editOnce(file, edit, lock)) return;
    } finally {
      lock.release();
    }
  }
  throw new UsageError("ERR_OUTPUT", `${path} changed ${maximumAttempts} times while it was being edited`, {
    hints: ["find the program that keeps writing it"],
  });
}

/** @returns false when another program changed the file meanwhile. */
function editOnce(file: string, edit: SectionEdit, lock: FileLock): boolean {
  const present = statSync(file, { throwIfNoEntry: false });
  const before = present === undefined ? Buffer.alloc(0) : readShared(file);
  const after = Buffer.from(editIniSection(before.toString("latin1"), encoded(edit)), "latin1");
  if (present !== undefined && after.equals(before) && (present.mode & 0o777) === 0o600) return true;
  if (!isSame(present, statSync(file, { throwIfNoEntry: false })) || !lock.isHeld()) return false;
  try {
    removeLeftovers(file);
    if (present !== undefined && present.nlink > 1) overwriteFile(file, after, present);
    else replaceFile(file, after, present);
  } catch (error) {
    if (!lock.isHeld()) return false;
    writeInPlace(file, after, present, error);
  }
  return true;
}

function writeInPlace(file: string, content: Uint8Array, present: Stats | undefined, reason: unknown): void {
  if (present === undefined || !standsInTheWay.has((reason as NodeJS.ErrnoException).code)) {
    throw cannotWrite(file, reason);
  }
  try {
    overwriteFile(file, content, present);
  } catch (error) {
    throw cannotWrite(file, error);
  }
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
    throw new UsageError("ERR_CONFIG_FILE", `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`, {
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

/** The file at the end of a chain of links, whether it exists or not. */
function followLinks(path: string): string {
  let file = path;
  for (let links = 0; links < maximumLinks; links++) {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return file;
    file = resolve(dirname(file), readlinkSync(file));
  }
  throw cannotWrite(path, { code: "ELOOP" });
}

async function lockBeside(file: string): Promise<FileLock> {
  try {
    return await acquireFileLock(join(dirname(file), lockName(file)));
  } catch (error) {
    if (!standsInTheWay.has((error as NodeJS.ErrnoException).code)) throw error;
    const digest = createHash("sha256").update(file).digest("hex").slice(0, 16);
    return acquireFileLock(join(tmpdir(), `rolesanywhere-ts-${digest}.lock`));
  }
}

function lockName(file: string): string {
  return `.${basename(file)}.rolesanywhere-ts.lock`;
}

/** Removes what killed processes left beside the file; the lock is held, so nobody else is writing there. */
function removeLeftovers(file: string): void {
  const isLeftover = (name: string) =>
    (name.startsWith(`.${basename(file)}.`) && name.endsWith(temporarySuffix)) || name.startsWith(`${lockName(file)}-`);
  for (const name of readdirSync(dirname(file)).filter(isLeftover)) rmSync(join(dirname(file), name), { force: true });
}
