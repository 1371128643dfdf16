import { isUtf8 } from "node:buffer";
import { nullCell } from "../rows/row-batch.js";
import type { RowBatch } from "../rows/row-batch.js";
import { CsvSyntaxError } from "./csv-syntax-error.js";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** A quote that is never closed must not swallow an input of any size. */
const longestRowBytes = 64 * 1024 * 1024;

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
  /** Bytes that stand at the start of every batch, for cells that come from no row. */
  readonly reserved?: Uint8Array;
}

/**
 * A byte-level state machine for UTF-8 CSV. It finds where fields begin and end and moves no bytes but those of the row
 * that a chunk cuts in two and of fields that hold doubled quotes.
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
  /** Marks the bytes that end an unquoted field. */
  readonly #endsField: Uint8Array;
  /** Marks the bytes that need a look between quotes. */
  readonly #endsQuoted: Uint8Array;
  readonly #firstByte: number;
  #bytes: Uint8Array;
  #filled: number;
  /** Where the rows of the last batch end. */
  #consumed: number;
  #at = 0;
  /** The line on which the next row begins, and the line breaks between quotes since. */
  #line = 1;
  #innerLines = 0;
  #starts = new Int32Array(32 * 1024);
  #ends = new Int32Array(32 * 1024);
  #fields = 0;
  #rows = 0;
  #rowLines = new Int32Array(8 * 1024);
  /** Fields with doubled quotes or with text after the closing quote, ascending. */
  #irregular: number[] = [];

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
    this.#endsField = byteSet(dialect.delimiter, lineFeed, carriageReturn);
    this.#endsQuoted = byteSet(dialect.quote, lineFeed);
    const reserved = dialect.reserved ?? new Uint8Array(0);
    this.#firstByte = reserved.length;
    this.#filled = reserved.length;
    this.#consumed = reserved.length;
    this.#bytes = new Uint8Array(reserved.length + 640 * 1024);
    this.#bytes.set(reserved);
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
    return this.#rowLines[row] as number;
  }

  #append(chunk: Uint8Array): void {
    this.#bytes.copyWithin(this.#firstByte, this.#consumed, this.#filled);
    this.#filled -= this.#consumed - this.#firstByte;
    this.#consumed = this.#firstByte;
    // One byte more, for the line feed that stops the inner loops.
    const needed = this.#filled + chunk.length + 1;
    if (needed > this.#bytes.length) {
      if (needed > longestRowBytes) {
        throw new CsvSyntaxError(this.#line, `a row longer than ${longestRowBytes / 1024 / 1024} MiB begins there`, [
          "look for a quote that is never closed",
        ]);
      }
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
    this.#bytes[this.#filled] = lineFeed;
  }

  #scan(final: boolean): RowBatch {
    this.#fields = 0;
    this.#rows = 0;
    this.#irregular = [];
    this.#at = this.#firstByte;
    while (this.#at < this.#filled) {
      const rowStart = this.#at;
      const firstField = this.#fields;
      this.#innerLines = 0;
      if (!this.#scanFields(final) || !this.#scanLineEnd(final)) {
        if (final) {
          throw new CsvSyntaxError(this.#line, "a quote that opens in the row beginning there is never closed", [
            "the object may have been cut short where it was written",
          ]);
        }
        this.#at = rowStart;
        this.#dropFields(firstField);
        break;
      }
      this.#endRow(rowStart, firstField);
      this.#line += 1 + this.#innerLines;
    }
    this.#consumed = this.#at;
    const width = this.header?.length ?? 0;
    const batch = { bytes: this.#bytes, starts: this.#starts, ends: this.#ends, rows: this.#rows, width };
    this.#refuseOtherEncodings(batch);
    for (const field of this.#irregular) this.#unquote(field);
    return batch;
  }

  /** Records the fields of one row, up to its line end. @returns Whether all of the row was there. */
  #scanFields(final: boolean): boolean {
    const bytes = this.#bytes;
    const filled = this.#filled;
    const endsField = this.#endsField;
    const { delimiter, quote } = this.#dialect;
    let at = this.#at;
    for (;;) {
      if (this.#fields === this.#starts.length) this.#growFields();
      if (bytes[at] === quote) {
        at = this.#scanQuoted(at + 1);
        if (at === -1) return false;
      } else {
        this.#starts[this.#fields] = at;
        while (endsField[bytes[at] as number] === 0) at++;
        this.#ends[this.#fields] = at;
      }
      // The line feed at the end is not the input's, so the field may go on in the next chunk.
      if (at >= filled && !final) return false;
      this.#fields++;
      if (at >= filled || bytes[at] !== delimiter) break;
      at++;
    }
    this.#at = at;
    return true;
  }

  /** @returns Where the field ends, or -1 when its end was not there. */
  #scanQuoted(start: number): number {
    const bytes = this.#bytes;
    const endsQuoted = this.#endsQuoted;
    const quote = this.#dialect.quote;
    let at = start;
    let doubled = false;
    for (;;) {
      while (endsQuoted[bytes[at] as number] === 0) at++;
      if (at >= this.#filled) return -1;
      if (bytes[at] === lineFeed) this.#innerLines++;
      else if (bytes[at + 1] === quote) {
        doubled = true;
        at++;
      } else break;
      at++;
    }
    this.#starts[this.#fields] = start;
    this.#ends[this.#fields] = at++;
    const closed = at;
    while (this.#endsField[bytes[at] as number] === 0) at++;
    if (at > closed) this.#ends[this.#fields] = at;
    if (doubled || at > closed) this.#irregular.push(this.#fields);
    return at;
  }

  /** @returns Whether the end was there: after a CR at the end of a chunk an LF may follow. */
  #scanLineEnd(final: boolean): boolean {
    if (this.#at >= this.#filled) return true;
    if (this.#bytes[this.#at++] === carriageReturn) {
      if (this.#at >= this.#filled) return final;
      if (this.#bytes[this.#at] === lineFeed) this.#at++;
    }
    return true;
  }

  #endRow(rowStart: number, firstField: number): void {
    const count = this.#fields - firstField;
    const blank = count === 1 && this.#starts[firstField] === rowStart && this.#ends[firstField] === rowStart;
    if (blank) return this.#dropFields(firstField);
    if (this.header === undefined) return this.#takeHeader();
    if (count !== this.header.length && !this.#fitRow(firstField, this.header.length)) return;
    if (this.#rows === this.#rowLines.length) this.#rowLines = enlarged(this.#rowLines);
    this.#rowLines[this.#rows++] = this.#line;
  }

  #takeHeader(): void {
    for (const field of this.#irregular) this.#unquote(field);
    this.header = Array.from({ length: this.#fields }, (_, field) => {
      const name = this.#bytes.subarray(this.#starts[field], this.#ends[field]);
      if (!isUtf8(name)) throw notUtf8(this.#line, `the name of column ${field + 1}`);
      return Buffer.from(name).toString();
    });
    this.#dropFields(0);
  }

  /** @returns Whether the row stays. */
  #fitRow(firstField: number, width: number): boolean {
    const count = this.#fields - firstField;
    const { ragged } = this.#dialect;
    if (ragged === "error") {
      throw new CsvSyntaxError(this.#line, `found ${count} fields, expected ${width} as in the header`, [
        'give "--ragged fit" to fill or cut such rows, or "--ragged skip" to leave them out',
        'check --delimiter: "--delimiter auto" guesses it',
      ]);
    }
    this.raggedRows++;
    this.#dropFields(ragged === "skip" ? firstField : Math.min(this.#fields, firstField + width));
    if (ragged === "skip") return false;
    while (this.#fields < firstField + width) {
      if (this.#fields === this.#starts.length) this.#growFields();
      this.#starts[this.#fields++] = nullCell;
    }
    return true;
  }

  #dropFields(from: number): void {
    this.#fields = from;
    while ((this.#irregular.at(-1) ?? -1) >= from) this.#irregular.pop();
  }

  /** Closes the gaps that doubled quotes and a closing quote leave in a field. */
  #unquote(field: number): void {
    const bytes = this.#bytes;
    const quote = this.#dialect.quote;
    const end = this.#ends[field] as number;
    let target = this.#starts[field] as number;
    let quoted = true;
    for (let at = target; at < end; at++) {
      if (quoted && bytes[at] === quote) {
        if (bytes[at + 1] !== quote || at + 1 === end) {
          quoted = false;
          continue;
        }
        at++;
      }
      bytes[target++] = bytes[at] as number;
    }
    this.#ends[field] = target;
  }

  #refuseOtherEncodings({ bytes, starts, ends, rows, width }: RowBatch): void {
    if (isUtf8(bytes.subarray(this.#firstByte, this.#consumed))) return;
    for (let field = 0; field < rows * width; field++) {
      const start = starts[field] as number;
      if (start === nullCell || isUtf8(bytes.subarray(start, ends[field]))) continue;
      const line = this.lineOfRow(Math.floor(field / width));
      const column = this.header?.[field % width] ?? "";
      throw notUtf8(line, `column "${column}"`);
    }
  }

  #growFields(): void {
    this.#starts = enlarged(this.#starts);
    this.#ends = enlarged(this.#ends);
  }
}

function notUtf8(line: number, subject: string): CsvSyntaxError {
  return new CsvSyntaxError(line, `${subject} is not UTF-8`, ['name the encoding, such as "--encoding windows-1252"']);
}

function byteSet(...members: readonly number[]): Uint8Array {
  const set = new Uint8Array(256);
  for (const member of members) set[member] = 1;
  return set;
}

function enlarged(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
