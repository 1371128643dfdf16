import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Tells whether a path is in /proc/PID/fd or /dev/fd, where /dev/stdout and `<(…)` lead. An open file there belongs to
 * the caller.
 */
export function isDescriptor(path: string): boolean {
  if (process.platform === "win32" || !/^\d+$/.test(basename(path))) return false;
  try {
    return /^(?:\/proc\/\d+\/(?:task\/\d+\/)?fd|\/dev\/fd)$/.test(realpathSync(dirname(path)));
  } catch {
    return false;
  }
}
