import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Every name that the cache gives a file or a lock; nothing else in the folder is touched. */
const ownName = /^[0-9a-f]{64}\.(?:index|lock|failure|session)$|^seal\.key$/;
/** Names that they have until they are whole. */
const unfinishedName = /^\.{1,2}(?:[0-9a-f]{64}\.(?:index|lock|failure|session)|seal\.key)\..+\.partial$/;

/** A day is longer than any session; a record that is missing costs one slower run. */
const oldMs = 24 * 3600_000;
const abandonedMs = 60_000;

/** Names of the cache's files in the folder, sorted. */
export function listFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => ownName.test(name) || unfinishedName.test(name))
    .sort();
}

/**
 * Removes one of the cache's files.
 *
 * @returns false for a folder of that name with something in it, which the cache did not make.
 */
export function removeFile(folder: string, name: string): boolean {
  const path = join(folder, name);
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    if (!isFolder) rmSync(path, { force: true });
    // A lock is a folder whose entries are folders.
    else if (/\.lock(?:\.|$)/.test(name)) rmSync(path, { recursive: true, force: true });
    else rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Removes what ended sessions, killed processes and command lines of the past left behind. */
export function sweepFolder(folder: string, nowMs: number): void {
  for (const name of listFiles(folder)) {
    if (name === "seal.key") continue;
    try {
      const ageMs = nowMs - lstatSync(join(folder, name)).mtimeMs;
      if (ageMs > (unfinishedName.test(name) ? abandonedMs : oldMs)) removeFile(folder, name);
    } catch {
      // Another process was first.
    }
  }
}
