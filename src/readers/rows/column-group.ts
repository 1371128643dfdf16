import { isAscii } from "node:buffer";
import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../kernel/borrow.js";
import { nullCell } from "./batch.js";
import type { RowBatch } from "./batch.js";

/** Limits of a row group: a writer, and later its readers, hold one in memory. */
const maxRows = 65_536;
const maxBytes = 16 * 1024 * 1024;
const maxCells = 4 * 1024 * 1024;
const wordBytes = 4;

/** Which rows of a column have values. The bytes are valid until the next column is requested. */
interface Presence {
  /** Definition levels as in Parquet, in the hybrid of run lengths and packed bits. */
  readonly levels: Uint8Array;
  readonly nulls: number;
}

/** The cells of a column one after the other, as in Arrow; a null takes no bytes. */
export interface ColumnCells extends Presence {
  readonly bytes: Uint8Array;
  /** `rows + 1` offsets into `bytes`. */
  readonly offsets: Int32Array;
  /** One bit per row, lowest bit first, 1 for a value; undefined if there are no nulls. */
  readonly validity: Uint8Array | undefined;
}

/** A column of text as in a Parquet page. */
export interface TextPage extends Presence {
  /** The distinct values, if writing each once and referring to it by index saves space. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly entries: number } | undefined;
  /** Values, each after its length, or indexes into the dictionary. */
  readonly values: Uint8Array;
  /** Undefined if all cells are null. */
  readonly least: Uint8Array | undefined;
  readonly greatest: Uint8Array | undefined;
}

/** Collects rows and returns them as columns, in memory of its own: see kernel/columns.ts. */
export class ColumnGroup {
  rows = 0;
  readonly #kernel = borrowKernel();
  readonly #width: number;
  readonly #room: number;
  readonly #textAt: number;
  #textEnd: number;

  constructor(width: number) {
    this.#width = width;
    this.#room = Math.max(1, Math.min(maxRows, Math.floor(maxCells / Math.max(1, width))));
    // Memory layout: the dictionary, starts of cells, ends of cells, bytes of cells, and then scratch space.
    const startsAt = inVectors(this.#kernel.dictionaryRoom(this.#room));
    const endsAt = startsAt + this.#room * width * wordBytes;
    this.#textAt = inVectors(endsAt + this.#room * width * wordBytes);
    this.#textEnd = this.#textAt;
    this.#kernel.setDictionary(0);
    this.#kernel.setColumns(startsAt, endsAt, this.#room);
  }

  get full(): boolean {
    return this.rows === this.#room || this.#textEnd - this.#textAt >= maxBytes;
  }

  /** Adds rows from `from` on. @returns The first row that did not fit. */
  add(batch: RowBatch, from: number): number {
    const kernel = this.#kernel;
    const to = Math.min(batch.rows, from + this.#room - this.rows);
    const first = from * this.#width;
    const cells = (to - from) * this.#width;
    const starts = batch.starts.subarray(first, first + cells);
    const ends = batch.ends.subarray(first, first + cells);
    const startsAt = inVectors(this.#textEnd + lengthOfCells(starts, ends));
    const endsAt = startsAt + cells * wordBytes;
    const bytesAt = endsAt + cells * wordBytes;
    reserveMemory(kernel, bytesAt + inVectors(batch.bytes.length));
    new Int32Array(kernel.memory.buffer, startsAt, cells).set(starts);
    new Int32Array(kernel.memory.buffer, endsAt, cells).set(ends);
    new Uint8Array(kernel.memory.buffer).set(batch.bytes, bytesAt);
    kernel.setCells(bytesAt, startsAt, endsAt);
    this.#textEnd = kernel.gatherRows(0, to - from, this.#width, this.rows, this.#textEnd);
    this.rows += to - from;
    return to;
  }

  cells(index: number): ColumnCells {
    const kernel = this.#kernel;
    const { levels, nulls, end } = this.#presence(index);
    const bytesAt = end + inVectors((this.rows + 1) * wordBytes);
    reserveMemory(kernel, bytesAt + inVectors(kernel.plainBytes.value));
    const bytesEnd = kernel.writeCells(index, this.rows, end, bytesAt);
    return {
      levels: levels(),
      nulls,
      bytes: this.#view(bytesAt, bytesEnd),
      offsets: new Int32Array(kernel.memory.buffer, end, this.rows + 1),
      validity: nulls === 0 ? undefined : levels().subarray(-((this.rows + 7) >> 3)),
    };
  }

  page(index: number): TextPage {
    const kernel = this.#kernel;
    const { levels, nulls, end: valuesAt } = this.#presence(index);
    // A dictionary takes less than half of the plain values, and indexes take less than the values' lengths.
    reserveMemory(kernel, valuesAt + 2 * inVectors(kernel.plainBytes.value + vectorsOfIndexes));
    const values = this.rows - nulls;
    const entries = values > 0 ? kernel.buildDictionary(index, this.rows) : -1;
    const dictionaryEnd = entries === -1 ? valuesAt : kernel.writeDictionary(entries, valuesAt);
    const valuesEnd =
      entries === -1
        ? kernel.writePlain(index, this.rows, valuesAt)
        : kernel.writeIndexes(values, entries, dictionaryEnd);
    return {
      levels: levels(),
      nulls,
      dictionary: entries === -1 ? undefined : { bytes: this.#view(valuesAt, dictionaryEnd), entries },
      values: this.#view(dictionaryEnd, valuesEnd),
      least: values === 0 ? undefined : this.#view(kernel.minStart.value, kernel.minEnd.value),
      greatest: values === 0 ? undefined : this.#view(kernel.maxStart.value, kernel.maxEnd.value),
    };
  }

  #presence(index: number) {
    const kernel = this.#kernel;
    kernel.surveyColumn(index, this.rows);
    const start = inVectors(this.#textEnd);
    reserveMemory(kernel, start + inVectors(this.rows));
    const end = kernel.writeLevels(index, this.rows, start);
    return { levels: () => this.#view(start, end), nulls: kernel.nulls.value, end: start + inVectors(this.rows) };
  }

  #view(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, start, end - start);
  }

  clear(): void {
    this.rows = 0;
    this.#textEnd = this.#textAt;
  }

  /** Frees the kernel. Bytes returned last must not be used afterwards. */
  close(): void {
    returnKernel(this.#kernel);
  }
}

/** The bit width, the run length, and the group of eight that even a single index takes. */
const vectorsOfIndexes = 64;

function lengthOfCells(starts: Int32Array, ends: Int32Array): number {
  let length = 0;
  for (let index = 0; index < starts.length; index++) {
    const start = starts[index] as number;
    if (start !== nullCell) length += (ends[index] as number) - start;
  }
  return length;
}

/** Decodes the cells as strings; undefined is null. */
export function textsOf({ bytes, offsets, validity }: ColumnCells): (string | undefined)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Slicing one string takes a fifth of the time of decoding each cell.
  const whole = isAscii(buffer) ? buffer.toString("latin1") : undefined;
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    if (validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0) return undefined;
    return whole?.slice(offsets[row], offsets[row + 1]) ?? buffer.toString("utf8", offsets[row], offsets[row + 1]);
  });
}
