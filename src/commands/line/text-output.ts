import type { Writable } from "node:stream";
import { printable } from "../../printable.js";

/** Standard output or standard error. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Output for people. Writes printable text, so that no name or response can control the terminal. */
export interface TextOutput {
  readonly isTTY?: boolean | undefined;
  /** The stream itself, to draw on a terminal. Callers must make texts printable. */
  readonly terminal: OutputStream;
  readonly write: (text: string) => void;
}

export function createTextOutput(terminal: OutputStream): TextOutput {
  return {
    isTTY: terminal.isTTY,
    terminal,
    write: (text) => void terminal.write(printable(text)),
  };
}
