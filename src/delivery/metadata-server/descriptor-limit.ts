import { readFileSync, readdirSync } from "node:fs";

/**
 * How many more files and sockets this process may open; undefined where the system does not say. A runtime that may raise
 * its own limit has done so by now.
 */
export function readFreeDescriptors(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? undefined : Number(limit) - readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
