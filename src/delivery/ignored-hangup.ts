import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Tells whether this process was started under `nohup`, whose child must also survive the end of the terminal. Node.js
 * resets ignored signals before any code of a program runs, so other traces of nohup must do: its name in `_`, which
 * most shells set, or standard input opened write-only on /dev/null, as GNU nohup does.
 */
export function isUnderNohup(variables: Readonly<Record<string, string | undefined>>): boolean {
  return basename(variables["_"] ?? "") === "nohup" || isUnreadableInput();
}

function isUnreadableInput(): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/fdinfo/0", "latin1"))?.[1] ?? "";
    return readlinkSync("/proc/self/fd/0") === "/dev/null" && (Number.parseInt(flags, 8) & 3) === 1;
  } catch {
    return false;
  }
}
