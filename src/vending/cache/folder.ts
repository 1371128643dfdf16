import { lstatSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../aws/files/make-folder.js";

/** What decides where the cache lies. */
export interface FolderSources {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The platform's folder for caches, never one of AWS's own; undefined without a home folder. */
export function defaultCacheFolder({ variables, homeDirectory, platform }: FolderSources): string | undefined {
  const base = (name: string) => (variables[name] === "" ? undefined : variables[name]);
  const xdg = base("XDG_CACHE_HOME");
  // A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (xdg?.startsWith("/") === true) return join(xdg, "rolesanywhere-ts");
  const local = base("LOCALAPPDATA");
  if (platform === "win32" && local !== undefined) return join(local, "rolesanywhere-ts", "Cache");
  if (homeDirectory === undefined) return undefined;
  return platform === "darwin"
    ? join(homeDirectory, "Library", "Caches", "rolesanywhere-ts")
    : join(homeDirectory, ".cache", "rolesanywhere-ts");
}

/** Why a file or folder cannot be trusted with a session; undefined when it can. */
export function findExposure(stats: Stats, kind: "file" | "folder"): string | undefined {
  if (kind === "file" ? !stats.isFile() : !stats.isDirectory()) return `is no ${kind}`;
  // Windows keeps a user's profile from other users by access lists, which stat does not show.
  if (process.platform === "win32") return undefined;
  if (stats.uid !== process.geteuid?.()) return `belongs to user ${stats.uid}`;
  if ((stats.mode & 0o077) !== 0) return `has mode ${(stats.mode & 0o777).toString(8)}, expected no access for others`;
  return undefined;
}

/** Why the folder cannot be used; undefined when it can. Follows no link in its last part. */
export function refuseFolder(folder: string): string | undefined {
  try {
    const exposure = findExposure(lstatSync(folder), "folder");
    return exposure === undefined ? undefined : `${folder} ${exposure}`;
  } catch (error) {
    return `${folder}: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`;
  }
}

/** Makes the folder, for its owner alone, unless it is there; says why it cannot be used. */
export function prepareFolder(folder: string): string | undefined {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    return `${folder}: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`;
  }
  return refuseFolder(folder);
}
