import type { Writable } from "node:stream";
import { printable } from "../../printable.js";

/** Standard output or standard error. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What people read. It is written as printable text, so no name and no answer can give the terminal orders. */
export interface TextOutput {
  readonly isTTY?: boolean | undefined;
  /** The stream itself, to draw on a terminal; callers make their texts printable. */
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
