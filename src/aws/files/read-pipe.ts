import { readSync } from "node:fs";

/** How long a writer may write nothing, in milliseconds. */
const maxSilenceMs = 40_000;
/** How long all of it may take, since a writer may never end, a few bytes at a time. */
const maxMs = 45_000;
/** A run that makes one session is done within 50 seconds, however many pipes it reads. */
const allPipesMs = 47_000;

/**
 * How long a pipe may keep its reader, in milliseconds.
 *
 * @param processMs Age of the process. One that has outlived the limit of a run is a server, whose renewals have their own.
 */
export function pipePatience(processMs: number): { readonly silenceMs: number; readonly wholeMs: number } {
  const leftMs = processMs < allPipesMs ? allPipesMs - processMs : maxMs;
  return { silenceMs: Math.min(maxSilenceMs, leftMs), wholeMs: Math.min(maxMs, leftMs) };
}
const pieceBytes = 64 * 1024;

export const pausePipeMs = 10;

export interface PipeLimits {
  /** How long the pipe may be without a writer before the first byte; 0 for one that is at its end then. */
  readonly absenceMs: number;
  readonly maxBytes: number;
}

/** The contents of a pipe or a socket that is open without waiting, piece by piece as they come. */
export class PipeReading {
  readonly #fd: number;
  readonly #limits: PipeLimits;
  readonly #pieces: Buffer[] = [];
  readonly #startedMs = performance.now();
  readonly #patience = pipePatience(this.#startedMs);
  #waitingSinceMs = this.#startedMs;
  #bytes = 0;

  constructor(fd: number, limits: PipeLimits) {
    this.#fd = fd;
    this.#limits = limits;
  }

  /**
   * Reads what is there.
   *
   * @returns Everything once it is at its end; undefined when the caller is to come back a little later.
   * @throws Error whose `code` is that of the system, or says in words what it is: a pipe that brings nothing, or too much.
   */
  next(): Buffer | undefined {
    for (;;) {
      const piece = readPiece(this.#fd);
      if (piece !== undefined && piece.length > 0) this.#keep(piece);
      // Without a writer a pipe is at its end, before the first one as well as after the last.
      else if (piece !== undefined && (this.#bytes > 0 || this.#limits.absenceMs === 0)) {
        return Buffer.concat(this.#pieces);
      } else {
        const limitMs = piece === undefined ? this.#patience.silenceMs : this.#limits.absenceMs;
        if (performance.now() - this.#waitingSinceMs > limitMs) {
          throw fault(
            this.#bytes === 0
              ? "it is a pipe that nothing is written to"
              : `it is a pipe that does not end: its writer is silent for ${Math.round(limitMs / 1000)} s`,
          );
        }
      }
      const { wholeMs } = this.#patience;
      if (performance.now() - this.#startedMs > wholeMs) {
        throw fault(`it is a pipe that does not end within ${Math.round(wholeMs / 1000)} s`);
      }
      if (piece === undefined || piece.length === 0) return undefined;
    }
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#waitingSinceMs = performance.now();
    if (this.#bytes > this.#limits.maxBytes) throw fault(`it gives more than ${this.#limits.maxBytes} bytes`);
  }
}

/** @returns undefined when there is a writer and nothing to read yet; nothing at the end. */
function readPiece(fd: number): Buffer | undefined {
  const piece = Buffer.alloc(pieceBytes);
  try {
    return piece.subarray(0, readSync(fd, piece));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return undefined;
    if (code === "EOF") return Buffer.alloc(0);
    throw error;
  }
}

function fault(words: string): Error {
  return Object.assign(new Error(words), { code: words });
}
