import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../../kernel/borrow.js";
import { nullCell } from "../batch.js";
import type { RowBatch } from "../batch.js";

/** A row group is what a writer and later its readers hold in memory. */
const maxRows = 65_536;
const maxBytes = 16 * 1024 * 1024;
const maxCells = 4 * 1024 * 1024;
const wordBytes = 4;

/** A column as Parquet's pages hold it. The bytes are valid until the next column is asked for. */
export interface TextColumn {
  /** Definition levels, in the hybrid of runs and packed bits. */
  readonly levels: Uint8Array;
  readonly nulls: number;
  /** The different values, when it pays to write each once and then their indexes. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly entries: number } | undefined;
  /** Values behind their lengths, or their indexes in the dictionary. */
  readonly values: Uint8Array;
  /** Undefined when there is no value. */
  readonly least: Uint8Array | undefined;
  readonly greatest: Uint8Array | undefined;
}

/** Gathers rows and gives them out by columns, in memory of its own: see kernel/parquet-columns.ts. */
export class RowGroup {
  rows = 0;
  readonly #kernel = borrowKernel();
  readonly #width: number;
  readonly #room: number;
  readonly #textAt: number;
  #textEnd: number;

  constructor(width: number) {
    this.#width = width;
    this.#room = Math.max(1, Math.min(maxRows, Math.floor(maxCells / Math.max(1, width))));
    // In this order: the dictionary, where cells start, where they end, their bytes, and behind those what comes and goes.
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

  /** Takes rows from `from` on. @returns The first that did not fit. */
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

  /** One column's values as text. @param dictionary Whether a dictionary may be made of them. */
  column(index: number, dictionary: boolean): TextColumn {
    const kernel = this.#kernel;
    kernel.surveyColumn(index, this.rows);
    const nulls = kernel.nulls.value;
    const levelsAt = inVectors(this.#textEnd);
    const valuesAt = levelsAt + inVectors(this.rows);
    // A dictionary is less than half of the plain values, and indexes are less than the values' lengths.
    reserveMemory(kernel, valuesAt + 2 * inVectors(kernel.plainBytes.value + vectorsOfIndexes));
    const levelsEnd = kernel.writeLevels(index, this.rows, levelsAt);
    const values = this.rows - nulls;
    const entries = dictionary && values > 0 ? kernel.buildDictionary(index, this.rows) : -1;
    const dictionaryEnd = entries === -1 ? valuesAt : kernel.writeDictionary(entries, valuesAt);
    const valuesEnd =
      entries === -1
        ? kernel.writePlain(index, this.rows, valuesAt)
        : kernel.writeIndexes(values, entries, dictionaryEnd);
    const bytes = (start: number, end: number) => new Uint8Array(kernel.memory.buffer, start, end - start);
    return {
      levels: bytes(levelsAt, levelsEnd),
      nulls,
      dictionary: entries === -1 ? undefined : { bytes: bytes(valuesAt, dictionaryEnd), entries },
      values: bytes(dictionaryEnd, valuesEnd),
      least: values === 0 ? undefined : bytes(kernel.minimumStart.value, kernel.minimumEnd.value),
      greatest: values === 0 ? undefined : bytes(kernel.maximumStart.value, kernel.maximumEnd.value),
    };
  }

  clear(): void {
    this.rows = 0;
    this.#textEnd = this.#textAt;
  }

  /** Ends its use, and that of the bytes it gave last. */
  close(): void {
    returnKernel(this.#kernel);
  }
}

/** Their width, the length of their run, and eight of them where there is only one. */
const vectorsOfIndexes = 64;

function lengthOfCells(starts: Int32Array, ends: Int32Array): number {
  let length = 0;
  for (let index = 0; index < starts.length; index++) {
    const start = starts[index] as number;
    if (start !== nullCell) length += (ends[index] as number) - start;
  }
  return length;
}
