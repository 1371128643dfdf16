/** A small generator of random numbers that gives the same sequence for the same seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof createRandom>;
type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const telling = [0x00, 0x01, 0x20, 0x22, 0x25, 0x2d, 0x30, 0x3d, 0x5c, 0x7f, 0x80, 0x84, 0xa0, 0xff];

function replaced(bytes: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

const mutations: readonly Mutation[] = [
  (bytes, random) => replaced(bytes, random(bytes.length), 1, Buffer.of(random(256))),
  (bytes, random) => replaced(bytes, random(bytes.length), 1, Buffer.of(telling[random(telling.length)]!)),
  (bytes, random) => {
    const at = random(bytes.length);
    return replaced(bytes, at, 1, Buffer.of(bytes[at]! ^ (1 << random(8))));
  },
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => replaced(bytes, random(bytes.length), 1 + random(8), Buffer.alloc(0)),
  (bytes, random) => replaced(bytes, random(bytes.length), 0, Buffer.of(telling[random(telling.length)]!, random(256))),
  (bytes, random) => {
    const at = random(bytes.length);
    return replaced(bytes, random(bytes.length), 0, bytes.subarray(at, at + 1 + random(16)));
  },
  (bytes, random, other) => {
    const at = random(other.length);
    return replaced(bytes, random(bytes.length), random(8), other.subarray(at, at + 1 + random(32)));
  },
];

/** A few random changes to a seed; bytes of another seed may find their way in. */
export function mutate(seed: Buffer, random: Random, other: Buffer): Buffer {
  let bytes = seed;
  for (let count = 1 + random(4); count > 0 && bytes.length > 0; count--) {
    bytes = mutations[random(mutations.length)]!(bytes, random, other.length > 0 ? other : seed);
  }
  return bytes;
}
