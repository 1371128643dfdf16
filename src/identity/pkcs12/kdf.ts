import { createHash } from "node:crypto";

/** Purposes of a derived key (RFC 7292 B.3). */
export const purposes = { key: 1, iv: 2, mac: 3 } as const;

/** Input block size of each hash in bytes, `v` of RFC 7292 B.2. */
const blockSizes: Readonly<Record<string, number>> = {
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

export interface Pkcs12Derivation {
  readonly hash: string;
  /** As `encodeBmpPassword` returns it. */
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly purpose: (typeof purposes)[keyof typeof purposes];
  /** Bytes. */
  readonly length: number;
}

/** Derives a key as in RFC 7292 appendix B.2. */
export function derivePkcs12({ hash, password, salt, iterations, purpose, length }: Pkcs12Derivation): Uint8Array {
  const blockSize = blockSizes[hash] ?? 64;
  const diversifier = new Uint8Array(blockSize).fill(purpose);
  const input = Buffer.concat([fillBlocks(salt, blockSize), fillBlocks(password, blockSize)]);
  const parts: Uint8Array[] = [];
  for (let produced = 0; produced < length;) {
    let block = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round++) block = createHash(hash).update(block).digest();
    parts.push(block);
    produced += block.length;
    if (produced < length) addToBlocks(input, fillBlocks(block, blockSize).subarray(0, blockSize));
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Repeats the bytes to a whole number of blocks; an empty input stays empty. */
function fillBlocks(bytes: Uint8Array, blockSize: number): Uint8Array {
  const filled = new Uint8Array(Math.ceil(bytes.length / blockSize) * blockSize);
  for (let index = 0; index < filled.length; index++) filled[index] = bytes[index % bytes.length] ?? 0;
  return filled;
}

/** Adds `addend + 1` to every block of the input, modulo the block's width. */
function addToBlocks(input: Uint8Array, addend: Uint8Array): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1;
    for (let index = addend.length - 1; index >= 0; index--) {
      carry += (input[start + index] ?? 0) + (addend[index] ?? 0);
      input[start + index] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/** Encodes the password for hashing (RFC 7292 B.1): UTF-16, big endian, with a final zero character. */
export function encodeBmpPassword(password: string): Uint8Array {
  return Buffer.from(`${password}\0`, "utf16le").swap16();
}
