import { createGunzip, createInflateRaw } from "node:zlib";
import * as zlib from "node:zlib";
import type { Transform } from "node:stream";

/**
 * What a decompressor gives at once. After each answer it waits until this thread asks for the next one: in pieces of this
 * size the waits are a fifth of the time, in Node's own of 16 KiB two thirds.
 */
const answerBytes = 768 * 1024;

/** The decoder in JavaScript gives all that comes of a piece at once, at worst 32,768 times as much. */
const zstdPieceBytes = 4 * 1024;

export type Chunks = AsyncIterable<Uint8Array>;

export async function* inflateRaw(input: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pump(createInflateRaw({ chunkSize: answerBytes }), input);
}

/** Several gzip members in a row are one text. */
export async function* gunzip(input: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pump(createGunzip({ chunkSize: answerBytes }), input);
}

/** Zstandard by Node itself where it can, from 22.15 on, else by a decoder in JavaScript. */
export async function* unzstd(input: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  if (createZstdDecompress !== undefined) yield* pump(createZstdDecompress({ chunkSize: answerBytes }), input);
  else yield* (await import("./zstd-decoder.js")).decodeZstd(cutIntoPieces(input, zstdPieceBytes));
}

export async function* cutIntoPieces(input: Chunks, mostBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += mostBytes) yield chunk.subarray(at, at + mostBytes);
  }
}

/** Drives a zlib stream: its work runs in the thread pool while whoever reads works on the piece before. */
async function* pump(stream: Transform, input: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let feedFault: Error | undefined;
  const feeding = feed(stream, input).catch((error: unknown) => {
    feedFault = error as Error;
    stream.destroy();
  });
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw feedFault ?? (error as Error);
  } finally {
    stream.destroy();
    await feeding;
  }
  if (feedFault !== undefined) throw feedFault;
}

async function feed(stream: Transform, input: Chunks): Promise<void> {
  for await (const chunk of input) {
    if (stream.destroyed || stream.writableEnded) return;
    await new Promise<void>((resolve) => {
      // The stream's own error reaches whoever reads it.
      stream.write(chunk, () => resolve());
    });
  }
  stream.end();
}
