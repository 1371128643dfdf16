import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Whether a path is an entry of /proc/PID/fd or /dev/fd, to which /dev/stdout and `<(…)` lead: what is open there belongs to
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
