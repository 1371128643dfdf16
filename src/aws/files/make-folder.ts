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
    makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    // Another process may have created the parent since: a parent that exists does not prove a refusal.
    if (!existsSync(parent)) makeFolder(parent, mode);
    makeOne(path, mode);
  }
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(path).isDirectory()) throw error;
  }
}

/** Creates a folder and its parents with access only for the owner. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}
