import { printable } from "../../printable.js";
import type { OutputStream } from "../invocation.js";

/** Where people read. What is written there is text: no name and no answer can give the terminal orders. */
export interface TextOutput {
  readonly isTTY?: boolean | undefined;
  /** The stream itself, for what draws on a terminal; whoever uses it makes its texts printable. */
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
