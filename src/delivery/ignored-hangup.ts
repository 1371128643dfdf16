import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Whether this process was started under `nohup`, whose child has to survive the end of the terminal too. The runtime
 * resets ignored signals before any code of a program runs, so what nohup leaves otherwise has to tell: its name in
 * `_`, which most shells set, or standard input that leads to /dev/null for writing alone, as GNU nohup opens it.
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
