import { createInflateRaw } from "node:zlib";
import { createByteSource } from "./byte-source.js";
import { decodeGzip } from "./gzip.js";
import { pump } from "./pump.js";
import { decodeZstd } from "./zstd/stream.js";

/**
 * The chunk size of a decompressor. After each chunk it waits until this thread asks for the next one. With this size,
 * waiting takes a fifth of the time; with Node's default of 16 KiB, two thirds.
 */
const answerBytes = 768 * 1024;

export type Chunks = AsyncIterable<Uint8Array>;

/** Ignores bytes after the end of the data, because a ZIP archive already states the length and CRC-32 of the data. */
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
