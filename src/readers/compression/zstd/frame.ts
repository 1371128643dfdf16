import { CompressionFault } from "../format-fault.js";

const magic = 0xfd2fb528;
const maxHeader = 18;

/** The fields of a frame header. */
export interface ZstdFrame {
  readonly contentSize: number | undefined;
  /** Includes the magic number. Known after five bytes. */
  readonly headerBytes: number;
  /** The maximum distance of a copy. Known after the header. */
  readonly windowBytes: number;
  /** The lower half of the content's XXH64. Known after the frame. */
  readonly checksum: number | undefined;
}

/**
 * Finds the end of a Zstandard frame from the sizes that it declares. Decoders silently stop after the first frame, and
 * some accept a truncated one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export class ZstdFrameScanner implements ZstdFrame {
  contentSize: number | undefined;
  checksum: number | undefined;
  headerBytes = 0;
  windowBytes = 0;
  ended = false;
  #state: "descriptor" | "header" | "block" | "checksum" = "descriptor";
  readonly #gathered = Buffer.alloc(maxHeader);
  #have = 0;
  #wanted = 5;
  #skip = 0;
  #last = false;
  #checked = false;

  /** @returns How many of the bytes belong to the frame. Fewer than all only if the frame ends here. */
  scan(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.ended) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        at += skipped;
        this.#skip -= skipped;
      } else {
        this.#gathered[this.#have++] = chunk[at++] ?? 0;
        if (this.#have === this.#wanted) this.#advance();
      }
      if (this.#skip === 0 && this.#state === "block" && this.#last) this.#finishBlocks();
    }
    return at;
  }

  #advance(): void {
    switch (this.#state) {
      case "descriptor":
        return this.#readDescriptor();
      case "header":
        return this.#readHeader();
      case "block":
        return this.#readBlock();
      case "checksum":
        this.checksum = this.#gathered.readUInt32LE(0);
        this.ended = true;
    }
  }

  #readDescriptor(): void {
    if (this.#gathered.readUInt32LE(0) !== magic)
      throw new CompressionFault("after the end of a frame stand bytes that are not another one");
    const descriptor = this.#gathered.readUInt8(4);
    if ((descriptor & 0x08) !== 0) throw new CompressionFault("a header is not valid");
    this.#checked = (descriptor & 0x04) !== 0;
    const { window, dictionary, content } = headerFields(descriptor);
    this.headerBytes = 5 + window + dictionary + content;
    this.#wanted = this.headerBytes;
    this.#state = "header";
    if (this.#wanted === 5) this.#readHeader();
  }

  #readHeader(): void {
    const { window, dictionary, content } = headerFields(this.#gathered.readUInt8(4));
    const dictionaryAt = 5 + window;
    if (this.#gathered.subarray(dictionaryAt, dictionaryAt + dictionary).some((byte) => byte !== 0)) {
      throw new CompressionFault("it needs a dictionary");
    }
    const contentAt = dictionaryAt + dictionary;
    if (content === 8) this.contentSize = Number(this.#gathered.readBigUInt64LE(contentAt));
    else if (content > 0) {
      this.contentSize = this.#gathered.readUIntLE(contentAt, content) + (content === 2 ? 256 : 0);
    }
    this.windowBytes = window === 0 ? (this.contentSize ?? 0) : windowBytes(this.#gathered.readUInt8(5));
    this.#expect("block", 3);
  }

  #readBlock(): void {
    const header = this.#gathered.readUIntLE(0, 3);
    const kind = (header >> 1) & 3;
    if (kind === 3) throw new CompressionFault("a block is of no known kind");
    this.#last = (header & 1) === 1;
    this.#skip = kind === 1 ? 1 : header >> 3;
    this.#expect("block", 3);
  }

  #finishBlocks(): void {
    if (this.#checked) this.#expect("checksum", 4);
    else this.ended = true;
  }

  #expect(state: "block" | "checksum", bytes: number): void {
    this.#state = state;
    this.#have = 0;
    this.#wanted = bytes;
  }
}

/** Returns a power of two from 1 KiB, plus up to seven eighths of it. */
function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function headerFields(descriptor: number) {
  const single = (descriptor & 0x20) !== 0;
  return {
    window: single ? 0 : 1,
    dictionary: [0, 1, 2, 4][descriptor & 3] ?? 0,
    content: [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0,
  };
}
