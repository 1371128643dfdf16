import type { TransformOptions } from "node:stream";
import * as zlib from "node:zlib";
import { createByteSource } from "../byte-source.js";
import type { ByteSource } from "../byte-source.js";
import { CompressionFault } from "../format-fault.js";
import { pump, workingAhead } from "../pump.js";
import type { ZlibStream } from "../pump.js";
import { ZstdFrameScanner } from "./frame.js";

const skippableMagic = 0x184d2a50;

type Bytes = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * Decodes concatenated Zstandard frames as one text. Skippable frames are skipped; any other data between frames is
 * refused. Uses Node's decoder where it exists (from 22.15), otherwise a decoder in JavaScript.
 */
export async function* decodeZstd(input: AsyncIterable<Uint8Array>, answerBytes: number): Bytes {
  const source = createByteSource(input);
  try {
    while (await findFrame(source)) {
      const frame = new ZstdFrameScanner();
      let length = 0;
      for await (const piece of await decodeFrame(bytesOfFrame(source, frame), frame, answerBytes)) {
        length += piece.length;
        yield piece;
      }
      if (frame.contentSize !== undefined && frame.contentSize !== length) {
        throw new CompressionFault("the data does not have the length that its header says");
      }
    }
  } finally {
    await source.close();
  }
}

async function decodeFrame(bytes: Bytes, frame: ZstdFrameScanner, answerBytes: number): Promise<Bytes> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: TransformOptions) => ZlibStream };
  if (createZstdDecompress !== undefined) {
    return pump(createZstdDecompress(workingAhead(answerBytes)), createByteSource(bytes));
  }
  return (await import("./decoder.js")).decodeZstdFrame(bytes, frame);
}

/** Advances to the next frame with data. @returns Whether there is one. */
async function findFrame(source: ByteSource): Promise<boolean> {
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) return false;
    source.unread(chunk);
    const magic = await source.take(4);
    if (magic === undefined) throw endsEarly();
    if ((Buffer.from(magic).readUInt32LE(0) & 0xfffffff0) >>> 0 !== skippableMagic) {
      await giveBack(source, magic);
      return true;
    }
    const size = await source.take(4);
    if (size === undefined) throw endsEarly();
    await skip(source, Buffer.from(size).readUInt32LE(0));
  }
}

/** The four bytes may have come in two chunks. The rest of the second chunk is already pushed back, so it is joined. */
async function giveBack(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const rest = await source.next();
  source.unread(rest === undefined ? bytes : Buffer.concat([bytes, rest]));
}

async function skip(source: ByteSource, count: number): Promise<void> {
  for (let left = count; left > 0;) {
    const chunk = await source.next();
    if (chunk === undefined) throw endsEarly();
    const used = Math.min(left, chunk.length);
    left -= used;
    source.unread(chunk.subarray(used));
  }
}

async function* bytesOfFrame(source: ByteSource, frame: ZstdFrameScanner): Bytes {
  while (!frame.ended) {
    const chunk = await source.next();
    if (chunk === undefined) throw endsEarly();
    const used = frame.scan(chunk);
    source.unread(chunk.subarray(used));
    yield used === chunk.length ? chunk : chunk.subarray(0, used);
  }
}

const endsEarly = () => new CompressionFault("it ends too early");
