import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** All names of files and locks in the cache. Nothing else in the folder is touched. */
const ownName = /^[0-9a-f]{64}\.(?:index|lock|failure|session)$|^seal\.key$/;
/** Their names until they are complete. */
const unfinishedName = /^\.{1,2}(?:[0-9a-f]{64}\.(?:index|lock|failure|session)|seal\.key)\..+\.partial$/;

/** A day is longer than any session. A missing index record costs one slower run. */
const oldMs = 24 * 3600_000;
const abandonedMs = 60_000;

/** Lists the cache's files in the folder, sorted. */
export function listFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => ownName.test(name) || unfinishedName.test(name))
    .sort();
}

/**
 * Removes one of the cache's files.
 *
 * @returns false for a folder of that name that is not empty, because the cache did not create it.
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

/** Removes files of expired sessions, killed processes and former command lines. */
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
