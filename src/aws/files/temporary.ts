import { createHash } from "node:crypto";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createMark, isAlive, parseMark } from "./process-mark.js";

/** The suffix of files that a killed process may leave behind. */
const suffix = ".partial";
/** In bytes. Most file systems limit names to 255. */
const maxName = 150;
/** A file of a process elsewhere, whose state is unknown, counts as left behind after a day. */
const oldMs = 24 * 3600_000;

/** Returns a unique name next to the path that identifies its process. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `${prefixOf(path)}${createMark()}${suffix}`);
}

/** Tells whether `temporaryPath` created a name for this path. */
function isTemporary(name: string, path: string): boolean {
  return markOf(name, path) !== undefined;
}

/**
 * Removes what killed processes left next to the path. What others are writing now stays.
 *
 * @param alone The caller holds the lock of the path, so that nobody else is writing there.
 */
export function removeLeftovers(path: string, alone = false): void {
  for (const name of listNames(dirname(path)).filter((found) => isTemporary(found, path))) {
    const file = join(dirname(path), name);
    try {
      if (alone || isLeftBehind(name, path, file)) rmSync(file, { force: true, recursive: true });
    } catch {
      // It belongs to another user, or another process was first.
    }
  }
}

function isLeftBehind(name: string, path: string, file: string): boolean {
  const mark = markOf(name, path);
  const alive = mark === undefined ? undefined : isAlive(mark);
  if (alive !== undefined) return !alive;
  const changedMs = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return changedMs !== undefined && Date.now() - changedMs > oldMs;
}

function markOf(name: string, path: string) {
  const prefix = prefixOf(path);
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return undefined;
  return parseMark(name.slice(prefix.length, -suffix.length));
}

function prefixOf(path: string): string {
  const name = basename(path);
  if (Buffer.byteLength(name) <= maxName) return `.${name}.`;
  return `.${createHash("sha256").update(name).digest("hex").slice(0, 32)}.`;
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
