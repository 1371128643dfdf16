import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../../errors.js";
import { acquireLock, type HeldLock } from "./lock.js";
import { ownFolder } from "./own-folder.js";
import { cannotWrite } from "./write-failure.js";

/** Errors of folders in which no lock can be created: read-only ones, and those of other owners. */
const standsInTheWay: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS"]);

export interface FileLock extends HeldLock {
  /** Where a write in place keeps its content. */
  readonly journal: string;
}

/**
 * Waits for the lock of a file: next to it, or in a folder of this user if its own folder does not allow that.
 *
 * @throws UsageError `ERR_OUTPUT`
 */
export async function lockBeside(file: string, options: { readonly waitMs?: number } = {}): Promise<FileLock> {
  try {
    return await lockAt(lockName(file), options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (!standsInTheWay.has((error as NodeJS.ErrnoException).code)) throw cannotWrite(file, error);
    const digest = createHash("sha256").update(file).digest("hex").slice(0, 16);
    return lockAt(join(ownFolder(), `${digest}.lock`), options);
  }
}

async function lockAt(path: string, options: { readonly waitMs?: number }): Promise<FileLock> {
  const lock = await acquireLock(path, options);
  return {
    isHeld: () => lock.isHeld(),
    release: () => lock.release(),
    journal: path.replace(/\.lock$/, ".journal"),
  };
}

export function lockName(file: string): string {
  return join(dirname(file), `.${basename(file)}.rolesanywhere-ts.lock`);
}
