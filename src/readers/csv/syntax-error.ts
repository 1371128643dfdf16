import type { Text } from "../../message.js";
/** Invalid CSV. The caller adds the member and the object. */
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
