import { corrupt } from "./corrupt.js";
import { decodeHuffman, readHuffmanTable } from "./huffman.js";
import type { HuffmanTable } from "./huffman.js";

const kinds = { raw: 0, repeated: 1, compressed: 2 };
/** With fewer literals, one of the four streams would be empty. */
const leastOfFour = 6;

export interface Literals {
  readonly bytes: Uint8Array;
  /** The offset of the rest of the block. */
  readonly end: number;
  /** The Huffman tree, which later blocks may reuse. */
  readonly tree: HuffmanTable | undefined;
}

/**
 * Decodes the literals section, the first part of a block.
 *
 * @param tree The Huffman tree of the previous block.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.1
 */
export function decodeLiterals(block: Uint8Array, tree: HuffmanTable | undefined, maxBytes: number): Literals {
  const first = block[0] ?? 0;
  const kind = first & 3;
  const format = (first >> 2) & 3;
  const header = (bytes: number): number => {
    if (block.length < bytes) throw corrupt("it is too short");
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (block[index] as number);
    return value;
  };
  if (kind === kinds.raw || kind === kinds.repeated) {
    const headerBytes = [1, 2, 1, 3][format] as number;
    const size = header(headerBytes) >> (headerBytes === 1 ? 3 : 4);
    refuseAbove(maxBytes, size);
    const end = headerBytes + (kind === kinds.raw ? size : 1);
    if (end > block.length) throw corrupt("its literals are cut short");
    const bytes =
      kind === kinds.raw ? block.subarray(headerBytes, end) : new Uint8Array(size).fill(block[headerBytes] as number);
    return { bytes, end, tree };
  }
  const headerBytes = [3, 3, 4, 5][format] as number;
  const width = [10, 10, 14, 18][format] as number;
  // Up to 40 bits, more than bitwise operators can handle.
  const sizes = Math.floor(header(headerBytes) / 16);
  const size = sizes % 2 ** width;
  const end = headerBytes + Math.floor(sizes / 2 ** width);
  refuseAbove(maxBytes, size);
  if (end > block.length) throw corrupt("its literals are cut short");
  const compressed = block.subarray(headerBytes, end);
  const described = kind === kinds.compressed ? readHuffmanTable(compressed, 0) : { table: tree, end: 0 };
  if (described.table === undefined) throw corrupt("it uses a Huffman tree of a block before, but there is none");
  const bytes = new Uint8Array(size);
  const streams = compressed.subarray(described.end);
  if (format === 0) decodeHuffman(described.table, streams, bytes);
  else decodeFour(described.table, streams, bytes);
  return { bytes, end, tree: described.table };
}

function refuseAbove(maxBytes: number, size: number): void {
  if (size > maxBytes) throw corrupt("it has more literals than a block can have");
}

/** Decodes three lengths and four streams. Each stream but the last holds a quarter of the literals, rounded up. */
function decodeFour(table: HuffmanTable, streams: Uint8Array, bytes: Uint8Array): void {
  if (streams.length < 6 || bytes.length < leastOfFour) throw corrupt("its literals are cut short");
  const quarter = (bytes.length + 3) >> 2;
  let at = 6;
  for (let stream = 0; stream < 4; stream++) {
    const length = (streams[stream * 2] as number) | ((streams[stream * 2 + 1] as number) << 8);
    const end = stream === 3 ? streams.length : at + length;
    if (end > streams.length) throw corrupt("its literals are cut short");
    decodeHuffman(
      table,
      streams.subarray(at, end),
      bytes.subarray(stream * quarter, stream * quarter + (stream === 3 ? bytes.length : quarter)),
    );
    at = end;
  }
}
