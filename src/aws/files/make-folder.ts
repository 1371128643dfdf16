import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, like `mkdir -p`. The runtime's own recursive form never ends on file systems that
 * refuse a folder with ENOENT though its parent is there, such as /proc.
 *
 * @param mode Permissions of every folder that is made, less the umask.
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

/** Makes a folder and those above it for the owner alone. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}
