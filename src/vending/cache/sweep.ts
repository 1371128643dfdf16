import { existsSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** Every name that the cache gives a file; nothing else in the folder is touched. */
const ownName =
  /^[0-9a-f]{64}(\.index|\.lock|\.failure|\.session)(\.[\w-]+(\.\d+)?\.partial)?$|^seal\.key(\.\w+\.partial){0,2}$/;

/** A day is longer than any session; a record that is missing costs one slower run. */
const oldMs = 24 * 3600_000;
const abandonedMs = 60_000;

/** Names of the cache's files in the folder, sorted. */
export function listFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => ownName.test(name))
    .sort();
}

/** Removes what ended sessions, killed processes and command lines of the past left behind. */
export function sweepFolder(folder: string, nowMs: number): void {
  for (const name of listFiles(folder)) {
    if (name === "seal.key") continue;
    const path = join(folder, name);
    try {
      const ageMs = nowMs - statSync(path).mtimeMs;
      if (ageMs > (name.endsWith(".partial") ? abandonedMs : oldMs)) unlinkSync(path);
    } catch {
      // Another process was first.
    }
  }
}
