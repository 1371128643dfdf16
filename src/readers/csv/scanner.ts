import { isUtf8 } from "node:buffer";
import { borrowKernel, reserveMemory, returnKernel, vectorBytes } from "../kernel/borrow.js";
import { nullCell } from "../rows/batch.js";
import type { RowBatch } from "../rows/batch.js";
import { CsvSyntaxError } from "./syntax-error.js";
import { message, setting } from "../../message.js";

const lineFeed = 0x0a;
/** A quote that is never closed must not swallow an input of any size. */
const maxRowBytes = 64 * 1024 * 1024;
/** Room for a piece of input and the row that the piece before cut in two. */
const leastTextBytes = 512 * 1024;
const arrays = 4;
/** What `scanRows` answers when a row has not as many fields as were expected. */
const otherRow = 1;

/** A table with more is a file that was taken for CSV, or a line that lost its ends. */
const maxColumns = 100_000;

/**
 * What becomes of a row with more or fewer fields than the header: `error` refuses it, `fit` fills it with nulls or cuts
 * it, `skip` leaves it out.
 */
export const raggedPolicies = ["error", "fit", "skip"] as const;
export type RaggedPolicy = (typeof raggedPolicies)[number];

export interface CsvDialect {
  /** The byte between fields. */
  readonly delimiter: number;
  /** The byte around fields. */
  readonly quote: number;
  readonly ragged: RaggedPolicy;
  /** `none` when the first row is one like the others; names for a file that has none itself. Default: the first row. */
  readonly header?: "first" | "none" | readonly string[];
  /** Bytes that stand at the start of every batch, for cells that come from no row. */
  readonly reserved?: Uint8Array;
}

/**
 * Reads UTF-8 CSV as ranges over its bytes. The state machine is the kernel's (kernel/csv-scan.ts), which moves no bytes but
 * those of fields that hold doubled quotes; here it is fed, and here is decided about headers, ragged rows and errors.
 *
 * It reads what Python's csv module reads: a quote opens a field only at its start, text after the closing quote belongs
 * to the field, rows end in LF, CRLF or CR, empty lines are no rows. Unlike it, it refuses a quote that is never closed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export class CsvScanner {
  /** The first row; undefined until all of it was there. */
  header: readonly string[] | undefined;
  /** Rows that were fitted or skipped. */
  raggedRows = 0;
  readonly #dialect: CsvDialect;
  readonly #kernel = borrowKernel();
  readonly #firstByte: number;
  /** How much text there is room for, before the arrays, and how many fields fit into each of those. */
  #textBytes = 0;
  #fieldRoom = 0;
  /** Where the text ends, and where the rows of the last batch end. */
  #filled: number;
  #consumed: number;

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
    const { reserved = new Uint8Array(0), header } = dialect;
    if (typeof header === "object") this.header = header;
    this.#firstByte = reserved.length;
    this.#filled = reserved.length;
    this.#consumed = reserved.length;
    this.#kernel.setDialect(dialect.delimiter, dialect.quote);
    this.#kernel.line.value = 1;
    this.#layOut(reserved.length + leastTextBytes, reserved.length + leastTextBytes);
    this.#text().set(reserved);
  }

  /** The rows that are whole with this chunk; valid until the next call. */
  push(chunk: Uint8Array): RowBatch {
    this.#append(chunk);
    return this.#scan(false);
  }

  /** The rest when the input has ended: the row without a line end, if there is one. */
  finish(): RowBatch {
    this.#append(new Uint8Array(0));
    return this.#scan(true);
  }

  /** The line, counted from 1, on which a row of the last batch begins. */
  lineOfRow(row: number): number {
    return this.#array(2)[row] as number;
  }

  /** Ends the use of the scanner and of its batches. */
  close(): void {
    returnKernel(this.#kernel);
  }

  #text(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, 0, this.#textBytes + vectorBytes);
  }

  /** Behind the text stand, in this order: where fields start, where they end, lines of rows, irregular fields. */
  #array(index: number): Int32Array {
    return new Int32Array(this.#kernel.memory.buffer, this.#arrayAt(index), this.#fieldRoom);
  }

  #arrayAt(index: number): number {
    return this.#textBytes + vectorBytes + index * this.#fieldRoom * Int32Array.BYTES_PER_ELEMENT;
  }

  #layOut(textBytes: number, fields: number): void {
    this.#textBytes = Math.ceil(textBytes / vectorBytes) * vectorBytes;
    this.#fieldRoom = fields;
    reserveMemory(this.#kernel, this.#arrayAt(arrays) + vectorBytes);
    this.#kernel.setArrays(this.#arrayAt(0), this.#arrayAt(1), this.#arrayAt(2), this.#arrayAt(3));
  }

  #append(chunk: Uint8Array): void {
    const kept = this.#filled - this.#consumed;
    // One byte more, for the line feed that stops the inner loops.
    const needed = this.#firstByte + kept + chunk.length + 1;
    if (needed > this.#textBytes) {
      if (needed > maxRowBytes) {
        throw new CsvSyntaxError(
          this.#kernel.line.value,
          `a row longer than ${maxRowBytes / 1024 / 1024} MiB begins there`,
          ["look for a quote that is never closed"],
        );
      }
      // No text has more fields than bytes and one.
      const textBytes = Math.min(maxRowBytes, Math.max(needed, this.#textBytes * 2));
      this.#layOut(textBytes, Math.max(this.#fieldRoom, textBytes));
    }
    const text = this.#text();
    text.copyWithin(this.#firstByte, this.#consumed, this.#filled);
    this.#consumed = this.#firstByte;
    this.#filled = this.#firstByte + kept + chunk.length;
    text.set(chunk, this.#firstByte + kept);
    text[this.#filled] = lineFeed;
  }

  #scan(final: boolean): RowBatch {
    const kernel = this.#kernel;
    kernel.beginBatch(this.#firstByte);
    while (kernel.scanRows(this.#filled, final, this.header?.length ?? -1) === otherRow) {
      if (this.header === undefined) this.#takeHeader();
      else this.#fitRow(this.header.length);
      kernel.passRow();
    }
    this.#consumed = kernel.position.value;
    if (final && this.#consumed < this.#filled) {
      throw new CsvSyntaxError(kernel.line.value, "a quote that opens in the row beginning there is never closed", [
        "the object may have been cut short where it was written",
      ]);
    }
    const batch: RowBatch = {
      bytes: this.#text().subarray(0, this.#consumed),
      starts: this.#array(0),
      ends: this.#array(1),
      rows: kernel.rows.value,
      width: this.header?.length ?? 0,
    };
    this.#refuseOtherEncodings(batch);
    kernel.unquoteFields();
    return batch;
  }

  #takeHeader(): void {
    const kernel = this.#kernel;
    const count = kernel.fields.value;
    if (count > maxColumns) {
      throw new CsvSyntaxError(kernel.line.value, `found ${count} columns, expected at most ${maxColumns}`, [
        message`check ${setting("delimiter")}: ${setting("delimiter", "auto")} guesses it`,
      ]);
    }
    if (this.#dialect.header === "none") {
      this.header = Array.from({ length: count }, (_, field) => `column_${field + 1}`);
      kernel.keepRow();
      return;
    }
    kernel.unquoteFields();
    const [text, starts, ends] = [this.#text(), this.#array(0), this.#array(1)];
    this.header = Array.from({ length: count }, (_, field) => {
      const name = text.subarray(starts[field], ends[field]);
      if (!isUtf8(name)) throw notUtf8(kernel.line.value, `the name of column ${field + 1}`);
      return Buffer.from(name).toString();
    });
    kernel.dropFields(0);
  }

  /** Decides about a row whose fields are more or fewer than the header's. */
  #fitRow(width: number): void {
    const kernel = this.#kernel;
    const count = kernel.rowFields.value;
    const firstField = kernel.fields.value - count;
    const { ragged } = this.#dialect;
    if (ragged === "error") {
      throw new CsvSyntaxError(
        kernel.line.value,
        `found ${count} fields, expected ${width} as in the ${this.#dialect.header === "none" ? "first row" : "header"}`,
        [
          message`give ${setting("ragged", "fit")} to fill or cut such rows, or ${setting("ragged", "skip")} to leave them out`,
          message`check ${setting("delimiter")}: ${setting("delimiter", "auto")} guesses it`,
        ],
      );
    }
    this.raggedRows++;
    if (ragged === "skip") return kernel.dropFields(firstField);
    kernel.dropFields(Math.min(firstField + count, firstField + width));
    // The text that is left may have as many fields as bytes.
    const room = firstField + width + this.#filled - kernel.position.value + 1;
    if (room > this.#fieldRoom) this.#growArrays(room * 2);
    for (let missing = width - count; missing > 0; missing--) kernel.addNull();
    kernel.keepRow();
  }

  #growArrays(fields: number): void {
    const held = Array.from({ length: arrays }, (_, index) => this.#array(index).slice());
    this.#layOut(this.#textBytes, fields);
    for (const [index, array] of held.entries()) this.#array(index).set(array);
  }

  #refuseOtherEncodings({ bytes, starts, ends, rows, width }: RowBatch): void {
    if (isUtf8(bytes.subarray(this.#firstByte))) return;
    for (let field = 0; field < rows * width; field++) {
      const start = starts[field] as number;
      if (start === nullCell || isUtf8(bytes.subarray(start, ends[field]))) continue;
      const line = this.lineOfRow(Math.floor(field / width));
      const column = this.header?.[field % width] ?? "";
      throw notUtf8(line, `column "${column}"`);
    }
  }
}

function notUtf8(line: number, subject: string): CsvSyntaxError {
  return new CsvSyntaxError(line, `${subject} is not UTF-8`, [
    message`name the encoding, such as ${setting("encoding", "windows-1252")}`,
  ]);
}
