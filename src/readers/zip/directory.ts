import { isUtf8 } from "node:buffer";
import { fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import type { Entry } from "yauzl";

/** One member as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** The name's bytes, which the local header has to repeat. */
  readonly rawName: Uint8Array;
  readonly method: number;
  readonly encrypted: boolean;
  readonly symbolicLink: boolean;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
  /** Where the next member begins, or the archive ends: nothing of this one stands behind it. */
  readonly limit: number;
}

export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** The end record, its comment and most directories fit into this many bytes. */
const tailBytes = 256 * 1024;
const blockBytes = 1024 * 1024;
const directoryRecordBytes = 46;
const endRecordBytes = 22;
const locatorBytes = 20;
const locatorSignature = 0x07064b50;
const zip64RecordBytes = 56;
const zip64RecordSignature = 0x06064b50;
const utf8Flag = 0x800;
const patchedFlag = 0x20;
const strongEncryptionFlag = 0x40;
/** Of the format, times ten: 6.3. */
const newestVersion = 63;
const unicodePathField = 0x7075;

/**
 * Reads the central directory of a ZIP archive, ZIP64 included.
 *
 * @throws Error of yauzl, when the directory is missing or contradicts itself.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(size: number, readRange: ReadRange): Promise<readonly ZipEntry[]> {
  const reader = new BlockReader(size, readRange);
  // Names stay bytes: yauzl would refuse the whole archive for one name that climbs out of its folder.
  const zip = await fromRandomAccessReaderPromise(reader, size, { lazyEntries: true, decodeStrings: false });
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const said = await findDirectory(reader, size, zip.comment.length);
  const length = entries.reduce((sum, entry) => sum + lengthOfRecord(entry), 0);
  if (said.length !== length || said.start + length !== said.end) throw new Error("the size of its directory is wrong");
  for (const entry of entries) {
    if ((entry.versionNeededToExtract & 0xff) > newestVersion || (entry.generalPurposeBitFlag & patchedFlag) !== 0) {
      throw new Error("it uses a newer version of the format");
    }
  }
  const offsets = entries.map((entry) => entry.relativeOffsetOfLocalHeader).sort((one, other) => one - other);
  const limits = new Map(offsets.map((offset, index) => [offset, offsets[index + 1] ?? size]));
  return entries.map((entry) => ({
    name: decodeName(entry),
    rawName: entry.fileName as unknown as Buffer,
    method: entry.compressionMethod,
    encrypted: entry.isEncrypted() || (entry.generalPurposeBitFlag & strongEncryptionFlag) !== 0,
    symbolicLink: ((entry.externalFileAttributes >>> 16) & 0xf000) === 0xa000,
    compressedSize: entry.compressedSize,
    uncompressedSize: entry.uncompressedSize,
    crc32: entry.crc32,
    headerOffset: entry.relativeOffsetOfLocalHeader,
    limit: limits.get(entry.relativeOffsetOfLocalHeader) ?? size,
  }));
}

const lengthOfRecord = ({ fileNameLength, extraFieldLength, fileCommentLength }: Entry): number =>
  directoryRecordBytes + fileNameLength + extraFieldLength + fileCommentLength;

/** Where the directory is as the records behind it say, and where it has to end: other readers go by either. */
async function findDirectory(reader: BlockReader, size: number, commentBytes: number) {
  const end = size - endRecordBytes - commentBytes;
  const locatorAt = end - locatorBytes;
  const recordAt = locatorAt - zip64RecordBytes;
  const endRecord = await reader.bytes(end, endRecordBytes);
  const start = endRecord.readUInt32LE(16);
  const locator = recordAt < 0 ? undefined : await reader.bytes(locatorAt, locatorBytes);
  if (locator?.readUInt32LE(0) !== locatorSignature) return { start, end, length: endRecord.readUInt32LE(12) };
  const record = await reader.bytes(recordAt, zip64RecordBytes);
  const zip64Start = Number(record.readBigUInt64LE(48));
  if (
    record.readUInt32LE(0) !== zip64RecordSignature ||
    Number(locator.readBigUInt64LE(8)) !== recordAt ||
    (start !== 0xffffffff && start !== zip64Start)
  ) {
    throw new Error("its ZIP64 record is not where it should be");
  }
  return { start: zip64Start, end: recordAt, length: Number(record.readBigUInt64LE(40)) };
}

/** UTF-8 by the flag or Info-ZIP's extra field; else UTF-8 when it is valid, since that is what most writers mean. */
function decodeName(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer;
  if (raw.includes(0)) throw new Error("a name contains a NUL character");
  const unicodePath = entry.extraFields.find(({ id, data }) => id === unicodePathField && data[0] === 1);
  if (unicodePath !== undefined && unicodePath.data.length > 5) return unicodePath.data.subarray(5).toString("utf8");
  if (isUtf8(raw)) return raw.toString("utf8");
  if ((entry.generalPurposeBitFlag & utf8Flag) !== 0) throw new Error("a name is marked as UTF-8 but is not");
  return raw.toString("latin1");
}

/** Serves yauzl's many small reads from a few large ones. */
class BlockReader extends RandomAccessReader {
  readonly #size: number;
  readonly #readRange: ReadRange;
  #start = 0;
  #block: Uint8Array = new Uint8Array(0);

  constructor(size: number, readRange: ReadRange) {
    super();
    this.#size = size;
    this.#readRange = readRange;
  }

  async bytes(position: number, length: number): Promise<Buffer> {
    await this.#load(position, position + length);
    return Buffer.from(this.#block.subarray(position - this.#start, position - this.#start + length));
  }

  override read(target: Buffer, offset: number, length: number, position: number, callback: ReadCallback): void {
    this.#load(position, position + length).then(
      () => {
        target.set(this.#block.subarray(position - this.#start, position - this.#start + length), offset);
        callback(null, length);
      },
      (error: Error) => callback(error),
    );
  }

  async #load(start: number, end: number): Promise<void> {
    if (start >= this.#start && end <= this.#start + this.#block.length) return;
    if (start < 0 || end > this.#size) throw new Error("a record lies outside of the archive");
    const from = Math.max(0, Math.min(start, this.#size - tailBytes));
    const to = Math.min(this.#size, Math.max(end, from === start ? start + blockBytes : this.#size));
    this.#block = await this.#readRange(from, to);
    this.#start = from;
  }
}

type ReadCallback = (error: Error | null, bytesRead?: number) => void;
