import { existsSync, renameSync } from "node:fs";
import { link, lstat, realpath, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { whileBusy } from "../../aws/files/busy.js";
import { makeFolder } from "../../aws/files/make-folder.js";
import { UsageError } from "../../errors.js";

/** Moves files to their names below a folder and can undo all of it. */
export class Placement {
  readonly #moves: (() => Promise<void>)[] = [];
  /** Folders created here, parents before children. */
  readonly #folders: string[] = [];

  /** Creates a folder and its parents. @throws the system's error */
  makeFolder(path: string): void {
    const missing: string[] = [];
    for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
    this.#folders.push(...missing);
    makeFolder(path);
  }

  /** @param spare Where to keep the file that is replaced. */
  async move(root: string, from: string, parts: readonly string[], spare: string): Promise<void> {
    const target = join(root, ...parts);
    const parent = dirname(target);
    this.makeFolder(parent);
    // A folder in the path may be a symbolic link that existed before.
    const real = await realpath(parent);
    if (real !== root && !real.startsWith(root + sep)) {
      throw new UsageError("ERR_OUTPUT", `"${parent}" leads out of "${root}"`, {
        hints: ["remove the symbolic link there"],
      });
    }
    const replaces = await keep(target, spare);
    this.#moves.push(() => (replaces ? rename(spare, target) : rm(target, { force: true })));
    try {
      whileBusy(() => renameSync(from, target), { waitMs: 5_000 });
    } catch (error) {
      // The obstacle at the target is not our file, so undo must not remove it.
      if (!replaces) this.#moves.pop();
      throw error;
    }
  }

  /** Undoes every move, the last first. One that fails does not stop the others. */
  async undoMoves(): Promise<void> {
    for (const undo of this.#moves.splice(0).reverse()) await undo().catch(() => undefined);
  }

  /** Removes the folders created here. A folder that is not empty is in use by another program. */
  async removeFolders(): Promise<void> {
    for (const folder of this.#folders.splice(0).reverse()) await rmdir(folder).catch(() => undefined);
  }
}

/** Keeps a file under a second name: a hard link, or a rename where links do not work. @returns Whether it existed. */
async function keep(path: string, spare: string): Promise<boolean> {
  const linked = await link(path, spare).then(
    () => undefined,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  if (linked === undefined) return true;
  if (linked === "ENOENT" || (await lstat(path)).isDirectory()) return false;
  return rename(path, spare).then(
    () => true,
    () => false,
  );
}
