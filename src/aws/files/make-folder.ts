import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and its parents, like `mkdir -p`. Node's own recursive mode never ends on file systems such as
 * /proc, which refuse a folder with ENOENT although its parent exists.
 *
 * @param mode Permissions of every created folder, less the umask.
 * @throws the system's error
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || existsSync(parent)) throw error;
    makeFolder(parent, mode);
    makeFolder(path, mode);
  }
}

/** Creates a folder and its parents with access only for the owner. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}
