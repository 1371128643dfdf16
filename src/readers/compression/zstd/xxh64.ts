const mask = 0xffffffffffffffffn;
const primes = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;
const [prime1, prime2, prime3, prime4, prime5] = primes;
const prime1Low = Number(prime1 & 0xffffffffn) | 0;
const prime1High = Number(prime1 >> 32n) | 0;
const prime2Low = Number(prime2 & 0xffffffffn) | 0;
const prime2High = Number(prime2 >> 32n) | 0;
const stripeBytes = 32;

/**
 * Computes XXH64 with seed 0, the checksum of Zstandard frames. The stripes take nearly all of the time, so they are
 * computed in 32-bit halves: with BigInt they would take longer than the decoding.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export class Xxh64 {
  /** Four lanes, each stored as its lower and its upper half. */
  readonly #lanes = Int32Array.from(
    [prime1 + prime2, prime2, 0n, -prime1].flatMap((lane) => [
      Number(BigInt.asIntN(32, lane)),
      Number(BigInt.asIntN(32, (lane & mask) >> 32n)),
    ]),
  );
  readonly #rest = Buffer.alloc(stripeBytes);
  #restBytes = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(stripeBytes - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < stripeBytes) return;
      this.#addStripes(this.#rest, 0, stripeBytes);
      this.#restBytes = 0;
    }
    const end = bytes.length - ((bytes.length - at) % stripeBytes);
    this.#addStripes(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#restBytes = bytes.length - end;
  }

  /** Returns the lower 32 bits of the hash of all bytes so far. */
  lowerHalf(): number {
    let hash = this.#length >= stripeBytes ? this.#mergeLanes() : prime5;
    hash = (hash + BigInt(this.#length)) & mask;
    let at = 0;
    for (; at + 8 <= this.#restBytes; at += 8) {
      hash = wrap(rotate(hash ^ round(0n, this.#rest.readBigUInt64LE(at)), 27n) * prime1 + prime4);
    }
    if (at + 4 <= this.#restBytes) {
      hash = wrap(rotate(hash ^ wrap(BigInt(this.#rest.readUInt32LE(at)) * prime1), 23n) * prime2 + prime3);
      at += 4;
    }
    for (; at < this.#restBytes; at++) {
      hash = wrap(rotate(hash ^ wrap(BigInt(this.#rest.readUInt8(at)) * prime5), 11n) * prime1);
    }
    hash = wrap((hash ^ (hash >> 33n)) * prime2);
    hash = wrap((hash ^ (hash >> 29n)) * prime3);
    return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
  }

  #addStripes(bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const lanes = this.#lanes;
    for (let at = start; at < end; at += stripeBytes) {
      for (let lane = 0; lane < 8; lane += 2) {
        const place = at + lane * 4;
        addWord(lanes, lane, view.getInt32(place, true), view.getInt32(place + 4, true));
      }
    }
  }

  #mergeLanes(): bigint {
    const lanes = [0, 2, 4, 6].map(
      (lane) => BigInt((this.#lanes[lane] ?? 0) >>> 0) | (BigInt((this.#lanes[lane + 1] ?? 0) >>> 0) << 32n),
    );
    const shifts = [1n, 7n, 12n, 18n];
    const sum = wrap(lanes.reduce((total, lane, index) => total + rotate(lane, shifts[index] ?? 0n), 0n));
    return lanes.reduce((hash, lane) => wrap((hash ^ round(0n, lane)) * prime1 + prime4), sum);
  }
}

const wrap = (value: bigint): bigint => value & mask;
const rotate = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (value >> (64n - bits));
const round = (lane: bigint, word: bigint): bigint => wrap(rotate(wrap(lane + word * prime2), 31n) * prime1);

/** One round: the lane plus the word times prime 2, rotated by 31, times prime 1. */
function addWord(lanes: Int32Array, lane: number, wordLow: number, wordHigh: number): void {
  const sumLow = (lanes[lane] ?? 0) + Math.imul(wordLow, prime2Low);
  const low = sumLow | 0;
  const carry = (lanes[lane] ?? 0) >>> 0 > low >>> 0 ? 1 : 0;
  const product = upperHalf(wordLow, prime2Low) + Math.imul(wordLow, prime2High) + Math.imul(wordHigh, prime2Low);
  const high = ((lanes[lane + 1] ?? 0) + product + carry) | 0;
  const turnedLow = (low << 31) | (high >>> 1);
  const turnedHigh = (high << 31) | (low >>> 1);
  lanes[lane] = Math.imul(turnedLow, prime1Low);
  lanes[lane + 1] =
    upperHalf(turnedLow, prime1Low) + Math.imul(turnedLow, prime1High) + Math.imul(turnedHigh, prime1Low);
}

/** Returns the upper 32 bits of the product of two unsigned 32-bit numbers. */
function upperHalf(one: number, other: number): number {
  const oneLow = one & 0xffff;
  const oneHigh = one >>> 16;
  const otherLow = other & 0xffff;
  const otherHigh = other >>> 16;
  const middle = oneHigh * otherLow + ((oneLow * otherLow) >>> 16);
  const outer = oneLow * otherHigh + (middle & 0xffff);
  return oneHigh * otherHigh + Math.floor(middle / 0x10000) + ((outer / 0x10000) | 0);
}
