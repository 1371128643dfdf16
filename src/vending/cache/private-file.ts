import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { findExposure } from "./folder.js";

/** Far more than any session needs, and still harmless to read. */
const maxBytes = 256 * 1024;

/**
 * Reads a file of the cache without following a link, if only its owner has access.
 *
 * @throws Error with the system's `code`, or with the reason not to trust the file.
 */
export function readPrivateFile(path: string): Buffer {
  // Windows has neither flag; there the folder's access list protects the file.
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

/** Describes an error in a few words for the trace, without file content. */
export function describeFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? (message.split("\n", 1)[0] ?? "unknown fault") : code;
}
