import { crc32, createInflateRaw } from "node:zlib";
import { createByteSource } from "./byte-source.js";
import type { ByteSource } from "./byte-source.js";
import { CompressionFault } from "./format-fault.js";
import { pump, workingAhead } from "./pump.js";

const headerBytes = 10;
const trailerBytes = 8;
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * Decodes concatenated gzip members as one text. Zero padding after a member is skipped; any other data there is
 * refused. The runtimes' own decoders differ in this, and some silently drop what follows.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export async function* decodeGzip(
  input: AsyncIterable<Uint8Array>,
  answerBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createByteSource(input);
  try {
    do {
      await skipHeader(source);
      let checksum = 0;
      let length = 0;
      for await (const piece of pump(createInflateRaw(workingAhead(answerBytes)), source)) {
        checksum = crc32(piece, checksum);
        length = (length + piece.length) >>> 0;
        yield piece;
      }
      await checkTrailer(source, checksum, length);
    } while (await skipPadding(source));
  } finally {
    await source.close();
  }
}

async function skipHeader(source: ByteSource): Promise<void> {
  let headerCrc = 0;
  const take = async (count: number): Promise<Uint8Array> => {
    const bytes = await takeOf(source, count);
    headerCrc = crc32(bytes, headerCrc);
    return bytes;
  };
  const [first, second] = await take(2);
  if (first !== 0x1f || second !== 0x8b)
    throw new CompressionFault("after the end of a member stand bytes that are not another one");
  const [method, flag = 0] = await take(headerBytes - 2);
  if (method !== 8 || (flag & flags.reserved) !== 0) throw new CompressionFault("a header is not valid");
  if ((flag & flags.extra) !== 0) {
    const [low = 0, high = 0] = await take(2);
    await take(low | (high << 8));
  }
  const texts = Number((flag & flags.name) !== 0) + Number((flag & flags.comment) !== 0);
  for (let text = 0; text < texts; text++) while ((await take(1))[0] !== 0);
  if ((flag & flags.headerCrc) === 0) return;
  const expected = headerCrc & 0xffff;
  const [low = 0, high = 0] = await takeOf(source, 2);
  if ((low | (high << 8)) !== expected) throw new CompressionFault("a header does not match its CRC");
}

async function checkTrailer(source: ByteSource, checksum: number, length: number): Promise<void> {
  const trailer = Buffer.from(await takeOf(source, trailerBytes));
  if (trailer.readUInt32LE(0) !== checksum) throw new CompressionFault("the data does not match its CRC-32");
  if (trailer.readUInt32LE(4) !== length)
    throw new CompressionFault("the data does not have the length that its trailer says");
}

/** @returns Whether another member follows. */
async function skipPadding(source: ByteSource): Promise<boolean> {
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) return false;
    const start = chunk.findIndex((byte) => byte !== 0);
    if (start === -1) continue;
    source.unread(chunk.subarray(start));
    return true;
  }
}

async function takeOf(source: ByteSource, count: number): Promise<Uint8Array> {
  const bytes = await source.take(count);
  if (bytes === undefined) throw new CompressionFault("it ends too early");
  return bytes;
}
