import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { findExposure } from "./folder.js";

/** Far above any session, far below what would hurt. */
const maxBytes = 256 * 1024;

/**
 * Reads a file of the cache, without following a link, when it is its owner's alone.
 *
 * @throws Error with `code` of the system, or with what is odd about the file.
 */
export function readPrivateFile(path: string): Buffer {
  // Windows has neither flag; there the folder's access list guards the file.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants as Partial<typeof constants>;
  const fd = openSync(path, (O_RDONLY ?? 0) | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(fd);
    const exposure = findExposure(stats, "file") ?? (stats.size > maxBytes ? `has ${stats.size} bytes` : undefined);
    if (exposure !== undefined) throw new Error(`${path} ${exposure}`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What went wrong, in a few words for the trace; never file content. */
export function describeFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? (message.split("\n", 1)[0] ?? "unknown fault") : code;
}
