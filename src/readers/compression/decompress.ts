import { createInflateRaw } from "node:zlib";
import { createByteSource } from "./byte-source.js";
import { decodeGzip } from "./gzip.js";
import { pump } from "./pump.js";
import { decodeZstd } from "./zstd/stream.js";

/**
 * What a decompressor gives at once. After each answer it waits until this thread asks for the next one: in pieces of this
 * size the waits are a fifth of the time, in Node's own of 16 KiB two thirds.
 */
const answerBytes = 768 * 1024;

export type Chunks = AsyncIterable<Uint8Array>;

/** What stands behind the end of the data is left alone: a ZIP archive says by length and CRC-32 what the data is. */
export async function* inflateRaw(input: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createByteSource(input);
  try {
    yield* pump(createInflateRaw({ chunkSize: answerBytes }), source);
  } finally {
    await source.close();
  }
}

export const gunzip = (input: Chunks): AsyncGenerator<Uint8Array, void, undefined> => decodeGzip(input, answerBytes);

export const unzstd = (input: Chunks): AsyncGenerator<Uint8Array, void, undefined> => decodeZstd(input, answerBytes);
