import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { replaceContent } from "./replacement.js";
import type { ReplacementOptions } from "./replacement.js";
import { findFile } from "./target.js";
import { removeLeftovers, temporaryPath } from "./temporary.js";
import { cannotWrite } from "./write-failure.js";

/**
 * Writes a file atomically. Mode, owner, links and hard links of an existing file are kept.
 *
 * @param options `secret`: a new file gets mode 0600, else the umask decides.
 * @throws UsageError `ERR_OUTPUT`; the old file is unchanged then.
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
 * Creates a secret file unless it exists. Of several processes, one creates it for all, and nobody sees an incomplete
 * file.
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
    // The file system may lack hard links. If the folder is gone, this fails too.
    if (!existsSync(path)) renameSync(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}
