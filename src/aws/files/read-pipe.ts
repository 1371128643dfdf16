import { readSync } from "node:fs";
import { monotonicMs } from "../monotonic.js";

/** How long a writer may be silent, in milliseconds. */
const maxSilenceMs = 40_000;
/** How long reading may take in total, because a writer may send a few bytes at a time without end. */
const maxMs = 45_000;
/** A run for one session takes at most 50 seconds, however many pipes it reads. */
const allPipesMs = 47_000;

/**
 * Returns how long to wait for a pipe, in milliseconds.
 *
 * @param processMs Age of the process. One older than the limit of a run is a server, which has limits of its own.
 */
export function pipePatience(processMs: number): { readonly silenceMs: number; readonly wholeMs: number } {
  const leftMs = processMs < allPipesMs ? allPipesMs - processMs : maxMs;
  return { silenceMs: Math.min(maxSilenceMs, leftMs), wholeMs: Math.min(maxMs, leftMs) };
}
const pieceBytes = 64 * 1024;

export const pausePipeMs = 10;

export interface PipeLimits {
  /** How long to wait for a writer before the first byte; 0 if an absent writer means the end. */
  readonly absenceMs: number;
  readonly maxBytes: number;
}

/** Reads a pipe or a socket that was opened non-blocking, chunk by chunk. */
export class PipeReading {
  readonly #fd: number;
  readonly #limits: PipeLimits;
  readonly #pieces: Buffer[] = [];
  readonly #startedMs = monotonicMs();
  readonly #patience = pipePatience(this.#startedMs);
  #waitingSinceMs = this.#startedMs;
  #bytes = 0;

  constructor(fd: number, limits: PipeLimits) {
    this.#fd = fd;
    this.#limits = limits;
  }

  /**
   * Reads what is available.
   *
   * @returns Everything, once the end is reached; undefined if the caller should call again later.
   * @throws Error whose `code` is the system's, or a description: a pipe without data, or with too much.
   */
  next(): Buffer | undefined {
    for (;;) {
      const piece = readPiece(this.#fd);
      if (piece !== undefined && piece.length > 0) this.#keep(piece);
      // A pipe without a writer reads as ended, both before the first writer and after the last one.
      else if (piece !== undefined && (this.#bytes > 0 || this.#limits.absenceMs === 0)) {
        return Buffer.concat(this.#pieces);
      } else {
        const limitMs = piece === undefined ? this.#patience.silenceMs : this.#limits.absenceMs;
        if (monotonicMs() - this.#waitingSinceMs > limitMs) {
          throw fault(
            this.#bytes === 0
              ? "it is a pipe that nothing is written to"
              : `it is a pipe that does not end: its writer is silent for ${Math.round(limitMs / 1000)} s`,
          );
        }
      }
      const { wholeMs } = this.#patience;
      if (monotonicMs() - this.#startedMs > wholeMs) {
        throw fault(`it is a pipe that does not end within ${Math.round(wholeMs / 1000)} s`);
      }
      if (piece === undefined || piece.length === 0) return undefined;
    }
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#waitingSinceMs = monotonicMs();
    if (this.#bytes > this.#limits.maxBytes) throw fault(`it gives more than ${this.#limits.maxBytes} bytes`);
  }
}

/** @returns undefined if there is a writer but no data yet; empty at the end. */
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
