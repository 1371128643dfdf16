import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { replaceContent } from "./replacement.js";
import type { ReplacementOptions } from "./replacement.js";
import { findFile } from "./target.js";
import { removeLeftovers, temporaryPath } from "./temporary.js";
import { cannotWrite } from "./write-failure.js";

/**
 * Writes a file that is there whole or not at all. Mode, owner, links and hard links of what is there are kept.
 *
 * @param options `secret`: a new file gets mode 0600, else the umask decides.
 * @throws UsageError `ERR_OUTPUT`, with the old file as it was.
 */
export function writeFileWhole(path: string, content: string | Uint8Array, options: ReplacementOptions): void {
  const target = findFile(path, options);
  try {
    removeLeftovers(target.path);
    replaceContent(target.path, content, { ...options, present: target.present });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Makes a secret file unless there is one: of many that try at once, one makes it for all, and nobody sees half of it.
 *
 * @throws Error of the file system.
 */
export function createSecretOnce(path: string, content: string | Uint8Array): void {
  removeLeftovers(path);
  const own = temporaryPath(path);
  replaceContent(own, content, { secret: true });
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    // A file system without hard links; a folder that is gone says so here.
    if (!existsSync(path)) renameSync(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}
