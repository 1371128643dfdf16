import { lstatSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../aws/files/make-folder.js";

/** The inputs that determine the location of the cache. */
export interface FolderSources {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** Returns the platform's folder for caches, never one of AWS's own; undefined without a home folder. */
export function defaultCacheFolder({ variables, homeDirectory, platform }: FolderSources): string | undefined {
  const base = (name: string) => (variables[name] === "" ? undefined : variables[name]);
  const xdg = base("XDG_CACHE_HOME");
  // The specification says to ignore a relative path: https://specifications.freedesktop.org/basedir-spec/latest/
  if (xdg?.startsWith("/") === true) return join(xdg, "rolesanywhere-ts");
  const local = base("LOCALAPPDATA");
  if (platform === "win32" && local !== undefined) return join(local, "rolesanywhere-ts", "Cache");
  if (homeDirectory === undefined) return undefined;
  return platform === "darwin"
    ? join(homeDirectory, "Library", "Caches", "rolesanywhere-ts")
    : join(homeDirectory, ".cache", "rolesanywhere-ts");
}

/** Explains why a file or folder cannot hold a session; undefined if it can. */
export function findExposure(stats: Stats, kind: "file" | "folder"): string | undefined {
  if (kind === "file" ? !stats.isFile() : !stats.isDirectory()) return `is not a ${kind}`;
  // Windows protects a user's profile by access lists, which stat does not show.
  if (process.platform === "win32") return undefined;
  if (stats.uid !== process.geteuid?.()) return `belongs to user ${stats.uid}`;
  if ((stats.mode & 0o077) !== 0) return `has mode ${(stats.mode & 0o777).toString(8)}, expected no access for others`;
  return undefined;
}

/** Explains why the folder cannot be used; undefined if it can. Does not follow a link in the last segment. */
export function refuseFolder(folder: string): string | undefined {
  try {
    const exposure = findExposure(lstatSync(folder), "folder");
    return exposure === undefined ? undefined : `${folder} ${exposure}`;
  } catch (error) {
    return `${folder}: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`;
  }
}

/** Creates the folder with access only for its owner, unless it exists. Returns why it cannot be used. */
export function prepareFolder(folder: string): string | undefined {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    return `${folder}: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`;
  }
  return refuseFolder(folder);
}
