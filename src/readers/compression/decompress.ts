import { createInflateRaw } from "node:zlib";
import { createByteSource } from "./byte-source.js";
import { decodeGzip } from "./gzip.js";
import { isFormatFault } from "./format-fault.js";
import { pump, workingAhead } from "./pump.js";
import { decodeZstd } from "./zstd/stream.js";

/** The chunk size of a decompressor. Each chunk takes a message between threads. */
const answerBytes = 768 * 1024;

export type Chunks = AsyncIterable<Uint8Array>;

/**
 * Ignores bytes after the end of the data, because a ZIP archive already states the length and CRC-32 of the data.
 *
 * @param expectedBytes The size of the data, which saves memory when it is small.
 */
export async function* inflateRaw(
  input: Chunks,
  expectedBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createByteSource(input);
  try {
    // One more byte than expected shows the end of the data at once. Less than 64 bytes are refused by zlib.
    const chunkBytes = Math.max(64, Math.min(expectedBytes + 1, answerBytes));
    yield* pump(createInflateRaw(workingAhead(chunkBytes)), source);
  } finally {
    await source.close();
  }
}

export const gunzip = (input: Chunks): AsyncGenerator<Uint8Array, void, undefined> => decodeGzip(input, answerBytes);

export const unzstd = (input: Chunks): AsyncGenerator<Uint8Array, void, undefined> => decodeZstd(input, answerBytes);

/** Decompresses the beginning of a file, of which only the first bytes are given. Returns nothing if it is damaged. */
export async function decompressBeginning(
  format: "gzip" | "zstd",
  head: Uint8Array,
  bytes: number,
): Promise<Uint8Array> {
  const input = (async function* () {
    yield head;
  })();
  const source = createByteSource(format === "gzip" ? decodeGzip(input, bytes) : decodeZstd(input, answerBytes));
  try {
    return (await source.take(bytes)) ?? new Uint8Array(0);
  } catch (error) {
    if (isFormatFault(error)) return new Uint8Array(0);
    throw error;
  } finally {
    await source.close();
  }
}
