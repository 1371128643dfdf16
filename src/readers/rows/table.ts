import { printable } from "../../printable.js";
import { cellText } from "./batch.js";
import type { Column, RowBatch } from "./batch.js";
import type { RowEncoder } from "./encoder.js";

/** The first rows determine the column widths; cells of later rows are cut to fit. */
const rowsMeasured = 500;
const widestCell = 60;
const gap = "  ";
const wide =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Extended_Pictographic}|[\uff01-\uff60]/u;
const joining = /\p{Mark}/u;

/** Writes aligned columns for a terminal. Numbers are right-aligned; long cells are cut with an ellipsis. */
export function createTableEncoder(columns: readonly Column[], terminalColumns?: number): RowEncoder {
  const rightAligned = columns.map(({ type }) => type === "integer" || type === "number");
  let pending: string[][] = [];
  let widths: readonly number[] | undefined;

  const formatRow = (cells: readonly string[]): string =>
    `${cells
      .map((cell, index) => align(cell, widths?.[index] ?? 0, rightAligned[index] === true))
      .join(gap)
      .trimEnd()}\n`;
  const flush = (): Uint8Array => {
    const lines: string[] = [];
    if (widths === undefined) {
      const header = columns.map(({ name }) => visible(name));
      widths = columnWidths([header, ...pending], terminalColumns);
      lines.push(formatRow(header), formatRow(widths.map((width) => "-".repeat(width))));
    }
    for (const row of pending) lines.push(formatRow(row));
    pending = [];
    return Buffer.from(lines.join(""));
  };
  return {
    encode(batch) {
      for (let row = 0; row < batch.rows; row++) pending.push(rowTexts(batch, row));
      return widths === undefined && pending.length < rowsMeasured ? new Uint8Array(0) : flush();
    },
    finish: flush,
  };
}

function rowTexts(batch: RowBatch, row: number): string[] {
  return Array.from({ length: batch.width }, (_, column) => visible(cellText(batch, row, column) ?? ""));
}

/** Makes a cell fit on one line and escapes control characters. */
function visible(text: string): string {
  return printable(text.replace(/\r?\n/g, "↵").replaceAll("\t", " "));
}

function columnWidths(rows: readonly (readonly string[])[], terminalColumns: number | undefined): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.min(widestCell, Math.max(widths[index] ?? 1, displayWidth(cell)));
    }
  }
  if (terminalColumns === undefined) return widths;
  const total = () => widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
  // Narrows the widest column until the row fits or all columns are narrow.
  while (total() > terminalColumns) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 8) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function align(cell: string, width: number, right: boolean): string {
  const fitted = displayWidth(cell) <= width ? cell : cut(cell, width);
  const padding = " ".repeat(Math.max(0, width - displayWidth(fitted)));
  return right ? padding + fitted : fitted + padding;
}

function cut(cell: string, width: number): string {
  let text = "";
  let used = 0;
  for (const character of cell) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    text += character;
    used += next;
  }
  return `${text}…`;
}

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if ((character.codePointAt(0) as number) < 0x300) return 1;
  return joining.test(character) ? 0 : wide.test(character) ? 2 : 1;
}
