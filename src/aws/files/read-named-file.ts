import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { Stats } from "node:fs";
import { systemCode } from "../../errors.js";
import { decodeText } from "./decode-text.js";
import { pausePipeMs, PipeReading } from "./read-pipe.js";

/** How long a named pipe may be without a writer, in milliseconds. */
const maxAbsenceMs = 3_000;
/** Of a pipe or a device, which may have no end; no file that is read whole is larger. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Reads a file that somebody named, whole. Unlike the runtime's own way it stops waiting for a pipe that nothing writes
 * to or that does not end; what a shell's `<(…)` or a pipe at `/dev/stdin` brings is read to its end.
 *
 * @param accept Looks at what was opened, and throws when it is not to be read.
 * @throws Error with a `code` as `node:fs` gives it, or in words for a pipe that brings nothing or a device without end.
 */
export function readNamedFile(path: string, accept?: (stats: Stats) => void): Buffer {
  // Undefined on Windows, which has no such pipes.
  const nonBlocking = (constants.O_NONBLOCK as number | undefined) ?? 0;
  const fd = openSync(path, constants.O_RDONLY | nonBlocking);
  try {
    const stats = fstatSync(fd);
    accept?.(stats);
    if (stats.isFIFO()) return readToEnd(fd, maxAbsenceMs);
    if (stats.isCharacterDevice()) return readDevice(path);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A terminal that is read without waiting gives nothing, so it is opened once more. */
function readDevice(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    return readToEnd(fd, 0);
  } finally {
    closeSync(fd);
  }
}

function readToEnd(fd: number, absenceMs: number): Buffer {
  const reading = new PipeReading(fd, { absenceMs, maxBytes });
  for (;;) {
    const bytes = reading.next();
    if (bytes !== undefined) return bytes;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pausePipeMs);
  }
}

/** The text of a file that a setting names; else what `refuse` makes of the reason, which is the system's word for it. */
export function readNamedText(path: string, refuse: (reason: string, cause: unknown) => Error): string {
  try {
    return decodeText(readNamedFile(path));
  } catch (error) {
    throw refuse(systemCode(error), error);
  }
}
