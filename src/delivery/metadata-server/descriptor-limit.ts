import { readFileSync, readdirSync } from "node:fs";

/**
 * How many more files and sockets this process may open. Undefined if the system does not tell. Runtimes raise the soft
 * limit at their start.
 */
export function readFreeDescriptors(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? undefined : Number(limit) - readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
