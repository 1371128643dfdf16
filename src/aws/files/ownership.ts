import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";

/** Windows keeps a user's files from others by access lists, which `stat` does not show. */
const showsOwners = process.platform !== "win32";
const root = 0;

/** The owners whose files this process trusts: itself and root. */
export function isTrustedOwner(uid: number): boolean {
  return !showsOwners || uid === process.geteuid?.() || uid === root;
}

/**
 * Whether somebody else may have put a file, link or folder where it is: others can write to the folder around it, and its
 * owner is neither this user nor root nor the owner of that folder.
 *
 * @param sharing `any`: a folder that its group or everyone can write to; `sticky`: only those like /tmp.
 */
export function isPlanted(entry: Stats, path: string, sharing: "any" | "sticky" = "any"): boolean {
  if (isTrustedOwner(entry.uid)) return false;
  const folder = statSync(dirname(path));
  const shared = (folder.mode & 0o022) !== 0 && (sharing === "any" || (folder.mode & 0o1000) !== 0);
  return shared && entry.uid !== folder.uid;
}

/** Why a file's access bits are wider than allowed; undefined when they are not. */
export function findWideMode({ mode }: Stats, refused: number): string | undefined {
  return showsOwners && (mode & refused) !== 0 ? `has mode ${(mode & 0o777).toString(8).padStart(4, "0")}` : undefined;
}

/** What a thing in the file system is called. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isSymbolicLink()) return "symbolic link";
  if (stats.isFIFO()) return "named pipe";
  return stats.isSocket() ? "socket" : "device";
}
