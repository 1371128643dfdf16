import { isUtf8 } from "node:buffer";
import { borrowKernel, reserveMemory, returnKernel, vectorBytes } from "../kernel/borrow.js";
import { nullCell } from "../rows/batch.js";
import type { RowBatch } from "../rows/batch.js";
import type { PlacedBatch } from "../rows/placed-batch.js";
import { CsvSyntaxError } from "./syntax-error.js";
import { message, setting } from "../../message.js";

const lineFeed = 0x0a;
/** Limits how much input a quote that is never closed can consume. */
const maxRowBytes = 64 * 1024 * 1024;
/** Room for a chunk of input and for the incomplete row of the previous chunk. */
const leastTextBytes = 512 * 1024;
const arrays = 4;
/** The result of `scanRows` for a row with an unexpected number of fields. */
const otherRow = 1;

/** A file with more columns is not CSV, or a line has lost its line ends. */
const maxColumns = 100_000;

/**
 * How to handle a row with more or fewer fields than the header: `error` refuses it, `fit` fills it with nulls or cuts
 * it, `skip` leaves it out.
 */
export const raggedPolicies = ["error", "fit", "skip"] as const;
export type RaggedPolicy = (typeof raggedPolicies)[number];

export interface CsvDialect {
  /** The field delimiter. */
  readonly delimiter: number;
  /** The quote character. */
  readonly quote: number;
  readonly ragged: RaggedPolicy;
  /** `none` if the first row is data, or the column names of a file without a header. Default: the first row. */
  readonly header?: "first" | "none" | readonly string[];
  /** Bytes at the start of every batch, for cells that do not come from the input. */
  readonly reserved?: Uint8Array;
}

/**
 * Reads UTF-8 CSV as ranges over its bytes. The state machine is in the kernel (kernel/csv-scan.ts), which moves only
 * the bytes of fields with doubled quotes. This class feeds it and handles headers, ragged rows and errors.
 *
 * It accepts what Python's csv module accepts: a quote opens a field only at its start, text after the closing quote
 * belongs to the field, rows end in LF, CRLF or CR, empty lines are not rows. But it refuses an unclosed quote.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export class CsvScanner {
  /** The first row. Undefined until the row is complete. */
  header: readonly string[] | undefined;
  /** Number of rows that were fitted or skipped. */
  raggedRows = 0;
  readonly #dialect: CsvDialect;
  readonly #kernel = borrowKernel();
  readonly #firstByte: number;
  /** Bytes of text that fit before the arrays, and how many fields fit into each array. */
  #textBytes = 0;
  #fieldRoom = 0;
  /** The end of the text, and the end of the last batch's rows. */
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

  /** Returns the rows that this chunk completes; valid until the next call. */
  push(chunk: Uint8Array): RowBatch {
    this.#append(chunk);
    return this.#scan(false);
  }

  /** Returns the rest at the end of the input: the last row, if it has no line end. */
  finish(): RowBatch {
    this.#append(new Uint8Array(0));
    return this.#scan(true);
  }

  /** Returns the line, counted from 1, on which a row of the last batch begins. */
  lineOfRow(row: number): number {
    return this.#array(2)[row] as number;
  }

  /** Frees the kernel. The scanner and its batches must not be used afterwards. */
  close(): void {
    returnKernel(this.#kernel);
  }

  #text(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, 0, this.#textBytes + vectorBytes);
  }

  /** After the text follow, in this order: starts of fields, ends of fields, lines of rows, irregular fields. */
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
    // Plus one byte for the line feed that stops the inner loops.
    const needed = this.#firstByte + kept + chunk.length + 1;
    if (needed > this.#textBytes) {
      if (needed > maxRowBytes) {
        throw new CsvSyntaxError(
          this.#kernel.line.value,
          `a row longer than ${maxRowBytes / 1024 / 1024} MiB begins there`,
          ["look for a quote that is never closed"],
        );
      }
      // A text has at most one more field than it has bytes.
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
    const batch: PlacedBatch = {
      bytes: this.#text().subarray(0, this.#consumed),
      starts: this.#array(0),
      ends: this.#array(1),
      rows: kernel.rows.value,
      width: this.header?.length ?? 0,
      place: {
        kernel,
        bytes: 0,
        starts: this.#arrayAt(0),
        ends: this.#arrayAt(1),
        free: this.#arrayAt(arrays) + vectorBytes,
      },
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

  /** Handles a row with more or fewer fields than the header. */
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
    // The remaining text may have as many fields as bytes.
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
