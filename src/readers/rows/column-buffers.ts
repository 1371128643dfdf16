import { isAscii } from "node:buffer";
import { GrowingBytes } from "./growing-bytes.js";
import { nullCell } from "./batch.js";
import type { RowBatch } from "./batch.js";

/** The cells of one column, gathered until there are enough for a columnar format. */
export interface ColumnBuffer {
  /** All cells' bytes, one after the other; null has none. */
  readonly bytes: Uint8Array;
  /** `rows + 1` offsets into `bytes`. */
  readonly offsets: Int32Array;
  /** One bit a row, the lowest first, 1 where there is a value; undefined when there is one everywhere. */
  readonly validity: Uint8Array | undefined;
  readonly nulls: number;
}

/** Gathers rows by columns. */
export class ColumnBuffers {
  rows = 0;
  /** Bytes of all cells. */
  size = 0;
  readonly #columns: readonly ColumnStore[];

  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => new ColumnStore());
  }

  add(batch: RowBatch, from: number, to: number): void {
    for (const [column, store] of this.#columns.entries()) {
      this.size += store.add(batch, column, { from, to, rows: this.rows });
    }
    this.rows += to - from;
  }

  /** The columns as they are; valid until `clear`. */
  columns(): readonly ColumnBuffer[] {
    return this.#columns.map((store) => store.view(this.rows));
  }

  clear(): void {
    for (const store of this.#columns) store.clear();
    this.rows = 0;
    this.size = 0;
  }
}

class ColumnStore {
  readonly #bytes = new GrowingBytes(64 * 1024);
  #length = 0;
  #offsets = new Int32Array(1024);
  #validity = new Uint8Array(128);
  #nulls = 0;

  add(
    { bytes, starts, ends, width }: RowBatch,
    column: number,
    { from, to, rows }: { readonly from: number; readonly to: number; readonly rows: number },
  ): number {
    this.#reserveRows(rows + to - from);
    const before = this.#length;
    for (let row = from, target = rows; row < to; row++, target++) {
      const start = starts[row * width + column] as number;
      if (start === nullCell) this.#nulls++;
      else {
        const end = ends[row * width + column] as number;
        const store = this.#bytes.reserve(this.#length, end - start);
        let at = this.#length;
        for (let i = start; i < end; i++) store[at++] = bytes[i] as number;
        this.#length = at;
        this.#validity[target >> 3] = (this.#validity[target >> 3] as number) | (1 << (target & 7));
      }
      this.#offsets[target + 1] = this.#length;
    }
    return this.#length - before;
  }

  view(rows: number): ColumnBuffer {
    return {
      bytes: this.#bytes.bytes.subarray(0, this.#length),
      offsets: this.#offsets.subarray(0, rows + 1),
      validity: this.#nulls === 0 ? undefined : this.#validity.subarray(0, (rows + 7) >> 3),
      nulls: this.#nulls,
    };
  }

  clear(): void {
    this.#length = 0;
    this.#nulls = 0;
    this.#validity.fill(0);
  }

  #reserveRows(rows: number): void {
    if (rows + 1 <= this.#offsets.length) return;
    const offsets = new Int32Array(Math.max(rows + 1, this.#offsets.length * 2));
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const validity = new Uint8Array((offsets.length >> 3) + 1);
    validity.set(this.#validity);
    this.#validity = validity;
  }
}

export const isNull = ({ validity }: ColumnBuffer, row: number): boolean =>
  validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0;

/** The cells as strings; undefined is null. */
export function textsOf(column: ColumnBuffer, rows: number): (string | undefined)[] {
  const { bytes, offsets } = column;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = isAscii(buffer) ? buffer.toString("latin1") : undefined;
  const texts: (string | undefined)[] = [];
  for (let row = 0; row < rows; row++) {
    if (isNull(column, row)) texts.push(undefined);
    // Cutting one string into pieces costs a fifth of decoding each of them.
    else if (whole !== undefined) texts.push(whole.slice(offsets[row], offsets[row + 1]));
    else texts.push(buffer.toString("utf8", offsets[row], offsets[row + 1]));
  }
  return texts;
}

/** Days since 1970-01-01. */
export const daysOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

/** Microseconds since 1970-01-01T00:00:00Z; digits beyond are cut. */
export function microsecondsOf(text: string): bigint {
  const [, seconds = "", fraction = "", zone = "Z"] = /^(.{19})(?:\.(\d+))?(Z|[-+].*)$/.exec(text) ?? [];
  return BigInt(Date.parse(seconds + zone)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}
