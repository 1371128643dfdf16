import { InternalError } from "../../errors.js";
import type { ByteSource } from "../compression/byte-source.js";
import type { Chunks } from "../compression/decompress.js";
import { blockBytes, isHeader, isZeroBlock } from "./header.js";

/** Names and records of one entry beyond this are not meant. */
const maxExtraBytes = 1024 * 1024;

/** How an archive ended. */
export interface TarEnd {
  /** Whether zero blocks mark the end; if not, the archive may have been cut between two entries. */
  readonly marked: boolean;
  /** Whether bytes other than zero follow the end. */
  readonly followed: boolean;
}

/** The blocks of a tar archive, in order. Every method throws the error from `damaged` if the archive ends too early. */
export class TarBlocks {
  readonly #source: ByteSource;
  readonly #damaged: (problem: string) => Error;
  /** Bytes of the current data that were not read yet, without padding. */
  #rest = 0;
  #padding = 0;
  #data: object | undefined;

  constructor(source: ByteSource, damaged: (problem: string) => Error) {
    this.#source = source;
    this.#damaged = damaged;
  }

  /** Calls a parser, and adds to its error that the archive is damaged. */
  understand<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw this.#damaged((error as Error).message);
    }
  }

  /** Returns the next block if it is not zero, else how the archive ended, after reading everything behind it. */
  async takeHeader(): Promise<Buffer | TarEnd> {
    const first = await this.#source.next();
    if (first === undefined) return { marked: false, followed: false };
    this.#source.unread(first);
    const block = await this.#source.take(blockBytes);
    if (block === undefined) throw this.#damaged("it ends in the middle of a header");
    return isZeroBlock(block) ? { marked: true, followed: await this.#drain() } : Buffer.from(block.buffer);
  }

  /** Returns the data of an extended header. */
  async takeExtra(size: number): Promise<Buffer> {
    if (size > maxExtraBytes) throw this.#damaged(`a header has ${size} bytes`);
    const bytes = await this.#source.take(size + paddingOf(size));
    if (bytes === undefined) throw this.#damaged("it ends in the middle of a header");
    return Buffer.from(bytes.buffer, 0, size);
  }

  /** Returns the next bytes as an entry's data, which can be read until `skipRest`, and once. */
  openData(size: number, name: string): Chunks {
    this.#rest = size;
    this.#padding = paddingOf(size);
    const data = {};
    this.#data = data;
    return this.#read(data, name);
  }

  async *#read(data: object, name: string): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#data !== data) throw new InternalError(`"${name}" is read out of its turn`);
    this.#data = undefined;
    while (this.#rest > 0) {
      const chunk = await this.#advance(this.#rest);
      this.#rest -= chunk.length;
      yield chunk;
    }
  }

  /** Skips what was not read of the current data, and its padding. */
  async skipRest(): Promise<void> {
    this.#data = undefined;
    for (let left = this.#rest + this.#padding; left > 0;) left -= (await this.#advance(left)).length;
  }

  async #advance(limit: number): Promise<Uint8Array> {
    const chunk = await this.#source.next();
    if (chunk === undefined) throw this.#damaged("it ends in the middle of a member");
    this.#source.unread(chunk.subarray(limit));
    return chunk.subarray(0, limit);
  }

  /**
   * Reads what follows the end, which is mostly padding with zeros.
   *
   * @returns Whether there is something else.
   * @throws Error from `damaged` for another archive, which no program reads without a special option.
   */
  async #drain(): Promise<boolean> {
    for (;;) {
      const chunk = await this.#source.next();
      if (chunk === undefined) return false;
      const isOther = chunk.length < blockBytes && !isZeroBlock(chunk);
      this.#source.unread(chunk);
      const block = await this.#source.take(blockBytes);
      if (block === undefined) return isOther;
      if (isZeroBlock(block)) continue;
      if (isHeader(Buffer.from(block.buffer))) throw this.#damaged("another archive follows its end");
      while ((await this.#source.next()) !== undefined);
      return true;
    }
  }
}

const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;
