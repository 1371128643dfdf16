import { message, setting } from "../../message.js";
import { GrowingBytes } from "../rows/growing-bytes.js";
import { CsvSyntaxError } from "./syntax-error.js";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** The parts of a CSV dialect that the kernel does not support. */
export interface DialectExtras {
  readonly delimiter: number;
  readonly quote: number;
  /** Number of lines to skip at the beginning. */
  readonly skip: number;
  /** The byte that begins a comment line. */
  readonly comment: number | undefined;
  /** The byte that escapes a following quote, delimiter, line end or itself. */
  readonly escape: number | undefined;
}

/** `trailing` is text after the quote that closes a field, which belongs to the field. */
type State = "skipped" | "rowStart" | "comment" | "fieldStart" | "plain" | "wrapped" | "quoted" | "closed" | "trailing";

/**
 * Rewrites CSV with skipped lines, comments and escapes into CSV without them. A dropped line becomes an empty line,
 * which is not a row, so that line numbers stay correct.
 */
export class DialectRewriter {
  readonly #dialect: DialectExtras;
  readonly #output = new GrowingBytes(64 * 1024);
  #length = 0;
  #fieldStart = 0;
  #state: State;
  #linesToSkip: number;
  #escaping = false;
  /** The current line, counted from 1. */
  #line = 1;

  constructor(dialect: DialectExtras) {
    this.#dialect = dialect;
    this.#linesToSkip = dialect.skip;
    this.#state = dialect.skip > 0 ? "skipped" : "rowStart";
  }

  /** @returns The fields that are complete; valid until the next call. */
  push(chunk: Uint8Array): Uint8Array {
    // An incomplete field may still need quotes.
    this.#output.bytes.copyWithin(0, this.#fieldStart, this.#length);
    this.#length -= this.#fieldStart;
    this.#fieldStart = 0;
    // At most two bytes for each input byte, and two quotes around the current field.
    this.#output.reserve(this.#length, 2 * chunk.length + 4);
    for (const byte of chunk) this.#take(byte);
    return this.#output.bytes.subarray(0, this.#fieldStart);
  }

  finish(): Uint8Array {
    if (this.#escaping) this.#putEscaped(undefined);
    if (this.#state === "wrapped") this.#put(this.#dialect.quote);
    const rest = this.#output.bytes.slice(this.#fieldStart, this.#length);
    this.#fieldStart = this.#length;
    return rest;
  }

  #take(byte: number): void {
    if (byte === lineFeed) this.#line++;
    const { quote, delimiter, comment, escape } = this.#dialect;
    const isLineEnd = byte === lineFeed || byte === carriageReturn;
    if (this.#state === "skipped" || this.#state === "comment") {
      // A CR LF ends at its LF.
      if (byte === lineFeed) this.#endLine();
      return;
    }
    if (this.#escaping) return this.#putEscaped(byte);
    if (this.#state === "rowStart") {
      if (byte === comment) {
        this.#state = "comment";
        return;
      }
      if (!isLineEnd) this.#state = "fieldStart";
    }
    if (byte === escape) {
      if (this.#state === "closed" || this.#state === "trailing") {
        throw new CsvSyntaxError(this.#line, "an escape follows the quote that closes a field", [
          message`check ${setting("quote")} and ${setting("escape")}`,
        ]);
      }
      this.#escaping = true;
      if (this.#state === "fieldStart") this.#state = "plain";
      return;
    }
    if (this.#state === "quoted") {
      if (byte === quote) this.#state = "closed";
      return this.#put(byte);
    }
    if (byte === quote && (this.#state === "fieldStart" || this.#state === "closed")) {
      this.#state = "quoted";
      return this.#put(byte);
    }
    if (byte === delimiter || isLineEnd) {
      if (this.#state === "wrapped") this.#put(quote);
      this.#state = isLineEnd ? "rowStart" : "fieldStart";
      this.#put(byte);
      this.#fieldStart = this.#length;
      return;
    }
    if (this.#state === "fieldStart") this.#state = "plain";
    if (this.#state === "closed") this.#state = "trailing";
    if (this.#state === "wrapped" && byte === quote) this.#put(quote);
    this.#put(byte);
  }

  /** Writes the byte after an escape. A byte that needs no escape keeps the escape character. */
  #putEscaped(byte: number | undefined): void {
    const { quote, delimiter, escape } = this.#dialect;
    this.#escaping = false;
    const special =
      byte === quote || byte === delimiter || byte === escape || byte === lineFeed || byte === carriageReturn;
    if (!special || byte === undefined) {
      this.#put(escape as number);
      if (byte === undefined) return;
      this.#take(byte);
      return;
    }
    if (this.#state === "plain" && byte !== escape) this.#wrap();
    if (byte === quote) this.#put(quote);
    this.#put(byte);
  }

  /** Encloses the current field in quotes. */
  #wrap(): void {
    const { quote } = this.#dialect;
    const field = this.#output.bytes.slice(this.#fieldStart, this.#length);
    this.#length = this.#fieldStart;
    this.#output.reserve(this.#length, 2 * field.length + 4);
    this.#put(quote);
    for (const byte of field) {
      if (byte === quote) this.#put(quote);
      this.#put(byte);
    }
    this.#state = "wrapped";
  }

  #endLine(): void {
    if (this.#state !== "skipped" || --this.#linesToSkip <= 0) this.#state = "rowStart";
    this.#put(lineFeed);
    this.#fieldStart = this.#length;
  }

  #put(byte: number): void {
    if (this.#length === this.#output.bytes.length) this.#output.reserve(this.#length, 1);
    this.#output.bytes[this.#length++] = byte;
  }
}
