import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Stats } from "node:fs";

/** How long a named pipe may be without a writer, in milliseconds. */
const longestAbsenceMs = 3_000;
/** How long a writer may write nothing. */
const longestSilenceMs = 40_000;
const pauseMs = 10;
const pieceBytes = 64 * 1024;

/**
 * Reads a file that somebody named, whole. Unlike the runtime's own way it does not wait for ever for a pipe that nothing
 * writes to; what a shell's `<(…)` or a pipe at `/dev/stdin` brings is read to its end.
 *
 * @param accept Looks at what was opened, and throws when it is not to be read.
 * @throws Error with a `code` as `node:fs` gives it, or in words for a pipe that brings nothing.
 */
export function readNamedFile(path: string, accept?: (stats: Stats) => void): Buffer {
  // Undefined on Windows, which has no such pipes.
  const nonBlocking = (constants.O_NONBLOCK as number | undefined) ?? 0;
  const fd = openSync(path, constants.O_RDONLY | nonBlocking);
  try {
    const stats = fstatSync(fd);
    accept?.(stats);
    if (stats.isFIFO()) return readPipe(fd, path);
    // A terminal that is read without waiting gives nothing.
    if (stats.isCharacterDevice()) return readFileSync(path);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readPipe(fd: number, path: string): Buffer {
  const pieces: Buffer[] = [];
  let waitingSinceMs = performance.now();
  for (;;) {
    const piece = readPiece(fd);
    if (piece !== undefined && piece.length > 0) {
      pieces.push(piece);
      waitingSinceMs = performance.now();
      continue;
    }
    // Without a writer a pipe is at its end, before the first one as well as after the last.
    if (piece !== undefined && pieces.length > 0) return Buffer.concat(pieces);
    const limitMs = piece === undefined ? longestSilenceMs : longestAbsenceMs;
    if (performance.now() - waitingSinceMs > limitMs) {
      const code = "it is a pipe that nothing is written to";
      throw Object.assign(new Error(`${code}: ${path}`), { code });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

/** @returns undefined when there is a writer and nothing to read yet. */
function readPiece(fd: number): Buffer | undefined {
  const piece = Buffer.alloc(pieceBytes);
  try {
    return piece.subarray(0, readSync(fd, piece));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
