/** The position of the central directory. */
export interface DirectoryPlace {
  readonly start: number;
  readonly end: number;
  /** The expected number of members; undefined if it does not fit into the record. */
  readonly count: number | undefined;
  /** Number of bytes before the archive, which its offsets do not count. */
  readonly prefix: number;
}

const endSignature = Buffer.from("PK\x05\x06", "latin1");
const endBytes = 22;
const locatorBytes = 20;
const locatorSignature = 0x07064b50;
const zip64Bytes = 56;
const zip64Signature = 0x06064b50;
/** The maximum distance of the end record from the end of the file, with the longest comment. */
export const tailBytes = endBytes + 0xffff + locatorBytes + zip64Bytes;

/**
 * Finds the end record as other readers do: the last one whose comment lies within the file. Bytes before the archive,
 * as in self-extracting archives, and bytes after it are ignored.
 *
 * @param tail The last {@link tailBytes} bytes of the file, or the whole file if it is shorter.
 * @throws Error if there is none or it contradicts itself.
 */
export function findDirectory(tail: Buffer, size: number): DirectoryPlace {
  const at = findEndRecord(tail);
  if (at === undefined) throw new Error("it has no end record");
  const base = size - tail.length;
  const zip64 = findZip64(tail, at, base);
  const end = base + at - (zip64 === undefined ? 0 : locatorBytes + zip64Bytes);
  const [thisDisk, firstDisk] = [tail.readUInt16LE(at + 4), tail.readUInt16LE(at + 6)];
  if ([thisDisk, firstDisk].some((disk) => disk !== 0 && !(disk === 0xffff && zip64 !== undefined))) {
    throw new Error("it is one part of several");
  }
  const length = zip64?.length ?? tail.readUInt32LE(at + 12);
  const offset = zip64?.offset ?? tail.readUInt32LE(at + 16);
  const saidOffset = tail.readUInt32LE(at + 16);
  if (zip64 !== undefined && saidOffset !== 0xffffffff && saidOffset !== zip64.offset) {
    throw new Error("its ZIP64 record is not where it should be");
  }
  const start = end - length;
  const prefix = start - offset;
  if (prefix < 0) throw new Error("the size of its directory is wrong");
  if (zip64 !== undefined && zip64.recordAt + prefix !== end) {
    throw new Error("its ZIP64 record is not where it should be");
  }
  const count = zip64?.count ?? tail.readUInt16LE(at + 10);
  return { start, end, count: count === 0xffff && zip64 === undefined ? undefined : count, prefix };
}

export function findEndRecord(tail: Buffer): number | undefined {
  let at = tail.lastIndexOf(endSignature);
  while (at !== -1) {
    if (at + endBytes <= tail.length && at + endBytes + tail.readUInt16LE(at + 20) <= tail.length) return at;
    at = at === 0 ? -1 : tail.lastIndexOf(endSignature, at - 1);
  }
  return undefined;
}

function findZip64(tail: Buffer, endRecord: number, base: number) {
  const locator = endRecord - locatorBytes;
  if (locator < 0 || tail.readUInt32LE(locator) !== locatorSignature) return undefined;
  const record = locator - zip64Bytes;
  if (record < 0 || base + record < 0 || tail.readUInt32LE(record) !== zip64Signature) {
    throw new Error("its ZIP64 record is not where it should be");
  }
  return {
    recordAt: Number(tail.readBigUInt64LE(locator + 8)),
    count: Number(tail.readBigUInt64LE(record + 32)),
    length: Number(tail.readBigUInt64LE(record + 40)),
    offset: Number(tail.readBigUInt64LE(record + 48)),
  };
}
