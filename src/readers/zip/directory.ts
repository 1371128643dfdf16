import { aesField, aesMethod, aesOverhead, parseAesField } from "./aes.js";
import type { AesField } from "./aes.js";
import { findDirectory, findEndRecord, tailBytes } from "./end-record.js";
import { decodeName } from "./member-name.js";

/** One member, from the central directory. */
export interface ZipEntry {
  readonly name: string;
  /** The bytes of the name, which the local header must repeat. */
  readonly rawName: Uint8Array;
  readonly method: number;
  /** How it is encrypted; a text names a way that this program does not read. */
  readonly encryption: AesField | "ZipCrypto" | "PKWARE's strong encryption" | "an unknown form of AES" | undefined;
  readonly symbolicLink: boolean;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly crc32: number;
  /** The offset of the local header. */
  readonly headerOffset: number;
  /** The start of the next member or of the directory: this member must end before it. */
  readonly limit: number;
}

export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** One read of this size gets the end record and most directories. */
const firstBytes = Math.max(256 * 1024, tailBytes);
/** Enough for about ten million members. */
const maxDirectoryBytes = 1024 * 1024 * 1024;
const recordBytes = 46;
const recordSignature = 0x02014b50;
const zip64Field = 1;
const encryptedFlag = 1;
const patchedFlag = 0x20;
const strongEncryptionFlag = 0x40;
const utf8Flag = 0x800;
/** Version 6.3 of the format, times ten. */
const newestVersion = 63;
const unknownSize = 0xffffffff;

/** Reads the end of a file: the end record of an archive and usually its directory. */
export async function readTail(size: number, readRange: ReadRange): Promise<Buffer> {
  return toBuffer(await readRange(Math.max(0, size - firstBytes), size));
}

/** Tells whether a file ends like a ZIP archive, whatever it begins with. */
export function hasDirectory(tail: Buffer): boolean {
  return findEndRecord(tail.subarray(-tailBytes)) !== undefined;
}

/**
 * Reads the central directory of a ZIP archive, including ZIP64. It is read completely and must be consistent with the
 * end record and with itself.
 *
 * @param known The result of {@link readTail}, if available.
 * @throws Error with the problem as its message.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(
  size: number,
  readRange: ReadRange,
  known?: Buffer,
): Promise<readonly ZipEntry[]> {
  const tail = known ?? (await readTail(size, readRange));
  const tailStart = size - tail.length;
  const { start, end, count, prefix } = findDirectory(tail.subarray(-tailBytes), size);
  if (end - start > maxDirectoryBytes) throw new Error(`its directory has ${end - start} bytes`);
  const directory =
    start >= tailStart ? tail.subarray(start - tailStart, end - tailStart) : toBuffer(await readRange(start, end));
  const entries: Omit<ZipEntry, "limit">[] = [];
  for (let at = 0; at < directory.length;) {
    const { entry, length } = readRecord(directory, at, prefix);
    entries.push(entry);
    at += length;
  }
  if (count !== undefined && count !== entries.length && entries.length % 0x10000 !== count) {
    throw new Error(`its end record counts ${count} members, its directory has ${entries.length}`);
  }
  return withLimits(entries, start);
}

function readRecord(directory: Buffer, at: number, prefix: number) {
  const broken = new Error("the size of its directory is wrong");
  if (at + recordBytes > directory.length || directory.readUInt32LE(at) !== recordSignature) throw broken;
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [
    number,
    number,
    number,
  ];
  const length = recordBytes + nameBytes + extraBytes + commentBytes;
  if (at + length > directory.length) throw broken;
  const flags = directory.readUInt16LE(at + 8);
  if (directory.readUInt8(at + 6) > newestVersion || (flags & patchedFlag) !== 0) {
    throw new Error("it uses a newer version of the format");
  }
  const rawName = directory.subarray(at + recordBytes, at + recordBytes + nameBytes);
  const extra = readExtra(directory.subarray(at + recordBytes + nameBytes, at + recordBytes + nameBytes + extraBytes));
  const sizes = readSizes(directory, at, extra.get(zip64Field));
  const method = directory.readUInt16LE(at + 10);
  const encryption = findEncryption(flags, method, extra);
  const aes = typeof encryption === "object" ? encryption : undefined;
  const overhead = aes === undefined ? 0 : aesOverhead(aes);
  const isReadable = typeof encryption !== "string";
  if ((aes?.method ?? method) === 0 && isReadable && sizes.compressedSize !== sizes.uncompressedSize + overhead) {
    throw new Error("a stored member has two sizes");
  }
  const entry = {
    name: decodeName(rawName, (flags & utf8Flag) !== 0, extra),
    rawName,
    method: aes?.method ?? method,
    encryption,
    symbolicLink: ((directory.readUInt32LE(at + 38) >>> 16) & 0xf000) === 0xa000,
    crc32: directory.readUInt32LE(at + 16),
    ...sizes,
    headerOffset: sizes.headerOffset + prefix,
  };
  return { entry, length };
}

function findEncryption(flags: number, method: number, extra: ReadonlyMap<number, Buffer>): ZipEntry["encryption"] {
  if ((flags & strongEncryptionFlag) !== 0) return "PKWARE's strong encryption";
  if (method === aesMethod) return parseAesField(extra.get(aesField)) ?? "an unknown form of AES";
  return (flags & encryptedFlag) === 0 ? undefined : "ZipCrypto";
}

function readExtra(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  // Up to three bytes of padding are not a field.
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) throw new Error("an extra field is longer than its member's record");
    const id = bytes.readUInt16LE(at);
    if (!fields.has(id)) fields.set(id, bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Reads sizes and offset. The ZIP64 field contains, in this order, those that do not fit into the record. */
function readSizes(directory: Buffer, at: number, zip64: Buffer | undefined) {
  let used = 0;
  const take = (field: number): number => {
    const value = directory.readUInt32LE(at + field);
    if (value !== unknownSize || zip64 === undefined) return value;
    if (used + 8 > zip64.length) throw new Error("a ZIP64 field is too short");
    used += 8;
    return Number(zip64.readBigUInt64LE(used - 8));
  };
  const uncompressedSize = take(24);
  const compressedSize = take(20);
  return { uncompressedSize, compressedSize, headerOffset: take(42) };
}

function withLimits(entries: readonly Omit<ZipEntry, "limit">[], directoryStart: number): readonly ZipEntry[] {
  const offsets = entries.map(({ headerOffset }) => headerOffset).sort((one, other) => one - other);
  const limits = new Map(offsets.map((offset, index) => [offset, offsets[index + 1] ?? directoryStart]));
  if (limits.size !== entries.length) throw new Error("two members lie at the same place");
  if ((offsets.at(-1) ?? 0) > directoryStart) throw new Error("a member lies behind the directory");
  return entries.map((entry) => ({ ...entry, limit: limits.get(entry.headerOffset) ?? directoryStart }));
}

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
