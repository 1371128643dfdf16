import { BackwardBits } from "./backward-bits.js";
import { corrupt } from "./corrupt.js";
import { nextState, readFseTable } from "./fse.js";

const maxBits = 11;
const maxWeights = 255;

/** Maps each prefix of `bits` bits to the symbol that it begins with and to the number of bits of that symbol. */
export interface HuffmanTable {
  readonly bits: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

/**
 * Reads the description of a Huffman tree.
 *
 * @returns The table, and the offset after it.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-4.2.1
 */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const header = bytes[start];
  if (header === undefined) throw corrupt("it has no Huffman tree");
  const first = start + 1;
  const packed = header >= 128;
  const end = first + (packed ? (header - 126) >> 1 : header);
  if (end > bytes.length) throw corrupt("a Huffman tree is cut short");
  const description = bytes.subarray(first, end);
  const weights = packed ? unpackWeights(description, header - 127) : decodeWeights(description);
  return { table: buildHuffmanTable(weights), end };
}

function unpackWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, index) => ((bytes[index >> 1] as number) >> (index % 2 === 0 ? 4 : 0)) & 15);
}

/** Two states alternate until one needs bits that do not exist. The symbol of the other one is then the last. */
function decodeWeights(description: Uint8Array): number[] {
  const { table, end } = readFseTable(description, 0, { maxAccuracy: 6, maxSymbol: 255 });
  const bits = new BackwardBits(description.subarray(end));
  let state = bits.read(table.accuracy);
  let other = bits.read(table.accuracy);
  if (bits.left < 0) throw corrupt("the weights of a Huffman tree are cut short");
  const weights: number[] = [];
  while (weights.length < maxWeights) {
    weights.push(table.symbols[state] as number);
    const next = nextState(table, state, bits);
    if (bits.left < 0) {
      if (weights.length === maxWeights) break;
      weights.push(table.symbols[other] as number);
      return weights;
    }
    state = other;
    other = next;
  }
  throw corrupt("a Huffman tree has more symbols than there are");
}

/** The weight of the last symbol is not stored: it fills up the sum. */
function buildHuffmanTable(given: readonly number[]): HuffmanTable {
  const sum = given.reduce((total, weight) => total + (weight === 0 ? 0 : 2 ** (weight - 1)), 0);
  if (sum === 0 || sum >= 1 << maxBits) throw corrupt("a Huffman tree is too deep, or empty");
  const bits = 32 - Math.clz32(sum);
  const rest = (1 << bits) - sum;
  if ((rest & (rest - 1)) !== 0) throw corrupt("a Huffman tree is not complete");
  const weights = [...given, 32 - Math.clz32(rest)];
  const deepest = weights.filter((weight) => weight === 1).length;
  if (deepest < 2 || deepest % 2 !== 0) throw corrupt("a Huffman tree is not complete");
  const symbols = new Uint8Array(1 << bits);
  const lengths = new Uint8Array(1 << bits);
  let at = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      const end = at + (1 << (weight - 1));
      symbols.fill(symbol, at, end);
      lengths.fill(bits + 1 - weight, at, end);
      at = end;
    }
  }
  return { bits, symbols, lengths };
}

/** Fills `output` with symbols, which must consume all bits. */
export function decodeHuffman({ bits: width, symbols, lengths }: HuffmanTable, bytes: Uint8Array, output: Uint8Array) {
  const bits = new BackwardBits(bytes);
  for (let index = 0; index < output.length; index++) {
    const prefix = bits.peek(width);
    output[index] = symbols[prefix] as number;
    bits.left -= lengths[prefix] as number;
  }
  if (bits.left !== 0) throw corrupt("its literals do not end where they should");
}
