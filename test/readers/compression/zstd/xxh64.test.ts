import { expect, it } from "vitest";
import { Xxh64 } from "../../../../src/readers/compression/zstd/xxh64.js";

const text = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 131 + (index >> 3)) & 0xff);

// Reckoned by the reference implementation (Python's xxhash 3).
it.each([
  [0, 0x51d8e999],
  [1, 0xdb052768],
  [3, 0xeb86ec62],
  [4, 0xd36c4cfc],
  [5, 0x8dec9bad],
  [8, 0x44331fe7],
  [11, 0x26ab5c9d],
  [12, 0x5be9edba],
  [31, 0x9a6f7f2e],
  [32, 0x7179d8db],
  [33, 0x27c99e22],
  [63, 0xe4df5312],
  [64, 0xfbd6e66d],
  [100, 0x087266b0],
  [1000, 0xa4c93e5c],
  [65537, 0x20f966d0],
])("hashes %i bytes as the reference does, however they come", (length, expected) => {
  const bytes = text(length);
  for (const piece of [1, 7, 31, 32, 33, Math.max(1, length)]) {
    const hash = new Xxh64();
    for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, at + piece));
    expect(hash.lowerHalf()).toBe(expected);
  }
});
