import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";

/** Windows protects a user's files by access lists, which `stat` does not show. */
const showsOwners = process.platform !== "win32";
const root = 0;

/** This process trusts files of its own user and of root. */
export function isTrustedOwner(uid: number): boolean {
  return !showsOwners || uid === process.geteuid?.() || uid === root;
}

/**
 * Tells whether another user may have planted a file, link or folder: others can write to the folder that contains it,
 * and its owner is neither this user nor root nor the owner of that folder.
 *
 * @param sharing `any`: a folder that its group or everyone can write to; `sticky`: only those like /tmp.
 */
export function isPlanted(entry: Stats, path: string, sharing: "any" | "sticky" = "any"): boolean {
  if (isTrustedOwner(entry.uid)) return false;
  const folder = statSync(dirname(path));
  const shared = (folder.mode & 0o022) !== 0 && (sharing === "any" || (folder.mode & 0o1000) !== 0);
  return shared && entry.uid !== folder.uid;
}

/** Explains why a file's mode is wider than allowed; undefined if it is not. */
export function findWideMode({ mode }: Stats, refused: number): string | undefined {
  return showsOwners && (mode & refused) !== 0 ? `has mode ${(mode & 0o777).toString(8).padStart(4, "0")}` : undefined;
}

/** Names the type of a file. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isSymbolicLink()) return "symbolic link";
  if (stats.isFIFO()) return "named pipe";
  return stats.isSocket() ? "socket" : "device";
}
