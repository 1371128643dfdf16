import { readFileSync, readdirSync } from "node:fs";

/**
 * Returns how many more files and sockets this process may open; undefined if the system does not reveal it. Runtimes
 * raise the soft limit when they start.
 */
export function readFreeDescriptors(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? undefined : Number(limit) - readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
