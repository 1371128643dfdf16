import type { Text } from "../../message.js";
/** Input that is not the CSV it was taken for; whoever knows the member and the object turns it into a message. */
export class CsvSyntaxError extends Error {
  /** Counted from 1 in the member. */
  readonly line: number;
  readonly hints: readonly Text[];

  constructor(line: number, message: string, hints: readonly Text[]) {
    super(message);
    this.name = "CsvSyntaxError";
    this.line = line;
    this.hints = hints;
  }
}
