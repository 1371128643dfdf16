import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { Stats } from "node:fs";
import { systemCode } from "../../errors.js";
import { decodeText } from "./decode-text.js";
import { pausePipeMs, PipeReading } from "./read-pipe.js";

/** How long to wait for a named pipe to get a writer, in milliseconds. */
const maxAbsenceMs = 3_000;
/** Limit for a pipe or a device, which may be endless; larger than any file that is read whole. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Reads a whole file that the user named. Unlike Node's own functions, it stops waiting for a pipe that has no writer
 * or does not end. What a shell's `<(…)` or a pipe at `/dev/stdin` provides is read to its end.
 *
 * @param accept Checks the opened file, and throws if it must not be read.
 * @throws Error with a `code` as in `node:fs`, or with a description for a pipe without data or an endless device.
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

/** Opens the device again, because a non-blocking read of a terminal returns nothing. */
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

/** Reads a text file that a setting names. `refuse` creates the error from the reason, the system's error code. */
export function readNamedText(path: string, refuse: (reason: string, cause: unknown) => Error): string {
  try {
    return decodeText(readNamedFile(path));
  } catch (error) {
    throw refuse(systemCode(error), error);
  }
}
