import { createByteSource } from "../byte-source.js";
import type { ByteSource } from "../byte-source.js";
import { CompressionFault } from "../format-fault.js";
import { corrupt } from "./corrupt.js";
import type { ZstdFrame } from "./frame.js";
import type { HuffmanTable } from "./huffman.js";
import { decodeLiterals } from "./literals.js";
import { decodeSequences } from "./sequences.js";
import type { SequenceTables } from "./sequences.js";
import { Xxh64 } from "./xxh64.js";

const maxBlockBytes = 128 * 1024;
/** The default limit of the reference zstd decoder. */
const maxWindowBytes = 128 * 1024 * 1024;
const blockKinds = { raw: 0, repeated: 1 };

/**
 * Decodes one Zstandard frame in JavaScript, for Node.js releases whose zlib does not support the format. Every
 * bitstream must end with its last bit, and every copy must lie within the window. So a frame without a checksum is
 * refused whenever the reference decoder refuses it.
 *
 * @param frame Knows the header once the first bytes of the input are read, and the checksum at its end.
 * @see https://www.rfc-editor.org/rfc/rfc8878
 */
export async function* decodeZstdFrame(
  input: AsyncIterable<Uint8Array>,
  frame: ZstdFrame,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createByteSource(input);
  const hash = new Xxh64();
  try {
    await takeOf(source, 5);
    await takeOf(source, frame.headerBytes - 5);
    const decoder = new BlockDecoder(frame.windowBytes);
    for (let last = false; !last;) {
      const header = Buffer.from(await takeOf(source, 3)).readUIntLE(0, 3);
      last = (header & 1) === 1;
      const kind = (header >> 1) & 3;
      const size = header >> 3;
      if (size > decoder.maxBytes) throw corrupt("it is larger than a block can be");
      const piece = decoder.decode(kind, await takeOf(source, kind === blockKinds.repeated ? 1 : size), size);
      hash.update(piece);
      if (piece.length > 0) yield piece;
    }
    // Consumes the checksum, which `frame` records.
    while ((await source.next()) !== undefined);
    if (frame.checksum !== undefined && frame.checksum !== hash.lowerHalf()) {
      throw new CompressionFault("the data does not match its checksum");
    }
  } finally {
    await source.close();
  }
}

async function takeOf(source: ByteSource, count: number): Promise<Uint8Array> {
  const bytes = await source.take(count);
  if (bytes === undefined) throw new CompressionFault("it ends too early");
  return bytes;
}

/** State that blocks pass on to later blocks: the window, the tables and the recent offsets. */
class BlockDecoder {
  /** The size limit of a block, compressed and decompressed. */
  readonly maxBytes: number;
  readonly #window: number;
  /** The window, followed by what was decoded last. */
  #output = new Uint8Array(0);
  #end = 0;
  /** The Huffman tree of an earlier block. */
  #tree: HuffmanTable | undefined;
  readonly #tables: SequenceTables = {};
  readonly #recent = Uint32Array.of(1, 4, 8);

  constructor(window: number) {
    if (window > maxWindowBytes) {
      throw new CompressionFault(`its window has ${window} bytes, expected at most ${maxWindowBytes}`);
    }
    this.#window = window;
    this.maxBytes = Math.min(window, maxBlockBytes);
  }

  /** @returns The block's content, valid until the next call. */
  decode(kind: number, bytes: Uint8Array, size: number): Uint8Array {
    this.#makeRoom();
    const start = this.#end;
    if (kind === blockKinds.raw) this.#append(bytes);
    else if (kind === blockKinds.repeated) {
      this.#output.fill(bytes[0] as number, start, start + size);
      this.#end += size;
    } else this.#decompress(bytes);
    return this.#output.subarray(start, this.#end);
  }

  #decompress(block: Uint8Array): void {
    const { bytes: literals, end, tree } = decodeLiterals(block, this.#tree, this.maxBytes);
    this.#tree = tree;
    const sequences = decodeSequences(block.subarray(end), this.#tables, this.#recent);
    const output = this.#output;
    const limit = this.#end + this.maxBytes;
    let used = 0;
    for (let index = 0; index < sequences.count; index++) {
      const length = sequences.literals[index] as number;
      const match = sequences.matches[index] as number;
      if (used + length > literals.length) throw corrupt("it uses more literals than it has");
      if (this.#end + length + match > limit) throw corrupt("it is larger than a block can be");
      let end = this.#end;
      for (const last = used + length; used < last; used++) output[end++] = literals[used] as number;
      this.#end = end;
      this.#copy(sequences.offsets[index] as number, match);
    }
    if (this.#end + literals.length - used > limit) throw corrupt("it is larger than a block can be");
    this.#append(literals.subarray(used));
  }

  #append(bytes: Uint8Array): void {
    this.#output.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Copies forward, since the source and the destination may overlap. */
  #copy(offset: number, length: number): void {
    if (offset > this.#end || offset > this.#window) throw corrupt("it copies from before the window");
    const output = this.#output;
    const end = this.#end + length;
    if (offset >= length && length > 32) output.copyWithin(this.#end, this.#end - offset, this.#end - offset + length);
    else for (let at = this.#end; at < end; at++) output[at] = output[at - offset] as number;
    this.#end = end;
  }

  /** Makes room for a block after the window. Grows with the data, so that a header alone cannot claim memory. */
  #makeRoom(): void {
    const needed = this.#end + this.maxBytes;
    if (needed <= this.#output.length) return;
    const kept = Math.min(this.#end, this.#window);
    const whole = this.#window + Math.max(this.#window >> 1, 8 * maxBlockBytes);
    if (this.#output.length >= whole) this.#output.copyWithin(0, this.#end - kept, this.#end);
    else {
      const larger = new Uint8Array(Math.min(whole, Math.max(needed, this.#output.length * 2)));
      larger.set(this.#output.subarray(this.#end - kept, this.#end));
      this.#output = larger;
    }
    this.#end = kept;
  }
}
