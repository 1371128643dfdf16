import { crc32 } from "node:zlib";
import { createByteSource } from "../compression/byte-source.js";
import { inflateRaw, unzstd } from "../compression/decompress.js";
import type { Chunks } from "../compression/decompress.js";
import { isFormatFault } from "../compression/format-fault.js";
import { inputError } from "../input-error.js";
import { aesOverhead, openAes } from "./aes.js";
import type { AesField } from "./aes.js";
import type { ZipEntry } from "./directory.js";
import { message, setting } from "../../message.js";

const localHeaderBytes = 30;
const localHeaderSignature = 0x04034b50;
/** The maximum length of the name and extra field of a local header, and a ZIP64 data descriptor. */
const maxSurplus = 2 * 0xffff + 24;

const methods: Readonly<Record<number, (input: Chunks, expectedBytes: number) => Chunks>> = {
  0: (input) => input,
  8: inflateRaw,
  93: unzstd,
};
const methodNames: Readonly<Record<number, string>> = {
  1: "shrink",
  6: "implode",
  9: "deflate64",
  12: "bzip2",
  14: "LZMA",
  95: "xz",
  98: "PPMd",
};

/** Returns the range of the archive that contains the whole member. */
export function spanOfMember(entry: ZipEntry): { readonly start: number; readonly end: number } {
  const longest = entry.headerOffset + localHeaderBytes + maxSurplus + entry.compressedSize;
  return { start: entry.headerOffset, end: Math.max(entry.headerOffset, Math.min(entry.limit, longest)) };
}

/**
 * @param password The password of encrypted members, if known.
 * @throws UsageError `ERR_INPUT` when this program cannot read the member.
 */
export function refuseUnreadable(entry: ZipEntry, subject: string, password: string | undefined): void {
  const { encryption } = entry;
  const leaveOut = message`or leave the member out with ${setting("exclude")}`;
  if (encryption === "ZipCrypto") {
    throw inputError(subject, "it is encrypted with ZipCrypto, which is broken and does not notice changed data", [
      'ask for an archive that is encrypted with AES, as by "7z a -tzip -mem=AES256 -p"',
      message`unpack it by hand ("unzip" asks for the password), ${leaveOut}`,
    ]);
  }
  if (typeof encryption === "string") {
    throw inputError(subject, `it is encrypted by ${encryption}, expected WinZip's AES`, [
      message`ask for an archive that "7z a -tzip -mem=AES256 -p" makes, ${leaveOut}`,
    ]);
  }
  if (encryption !== undefined && password === undefined) {
    throw inputError(subject, `it is encrypted with AES-${encryption.keyBits}, and no password is given`, [
      message`name a file that holds it with ${setting("archive-password-file")}, ${leaveOut}`,
    ]);
  }
  if (encryption !== undefined && entry.compressedSize < aesOverhead(encryption)) {
    throw inputError(subject, "its data is too short to be encrypted", ["download or create the archive again"]);
  }
  if (methods[entry.method] === undefined) {
    const name = methodNames[entry.method] ?? `number ${entry.method}`;
    throw inputError(subject, `it is compressed by method ${name}, expected stored, deflate or zstd`, [
      message`ask for an archive that is compressed in the usual way, or leave the member out with ${setting("exclude")}`,
    ]);
  }
}

/**
 * Reads one member: local header, data, and finally the check of its size and CRC-32 against the directory, and of the
 * authentication code if it is encrypted.
 *
 * @param read Returns a range of the archive's bytes.
 * @throws UsageError `ERR_INPUT` when anything differs from the directory.
 */
export async function* readZipMember(
  entry: ZipEntry,
  { subject, password }: { readonly subject: string; readonly password: string | undefined },
  read: (start: number, end: number) => Chunks,
): AsyncGenerator<Uint8Array, void, undefined> {
  const damaged: Damaged = (problem, cause) =>
    inputError(subject, problem, ["the archive is damaged or still being written: download or create it again"], cause);
  const dataStart = await findData(entry, read, damaged);
  const dataEnd = dataStart + entry.compressedSize;
  if (dataEnd > entry.limit) throw damaged("its data runs into the next member");
  const data = read(dataStart, dataEnd);
  const { encryption } = entry;
  if (typeof encryption === "object" && password !== undefined) {
    yield* readEncrypted(data, entry, { subject, password, field: encryption }, damaged);
  } else yield* expand(data, entry, damaged);
}

type Damaged = (problem: string, cause?: unknown) => Error;

/** Decompresses data, and checks it against the directory at its end. */
async function* expand(data: Chunks, entry: ZipEntry, damaged: Damaged): AsyncGenerator<Uint8Array, void, undefined> {
  const decompress = methods[entry.method] as (input: Chunks, expectedBytes: number) => Chunks;
  const hasCrc = typeof entry.encryption !== "object" || entry.encryption.hasCrc;
  let length = 0;
  let checksum = 0;
  try {
    for await (const chunk of decompress(data, entry.uncompressedSize)) {
      length += chunk.length;
      if (length > entry.uncompressedSize) break;
      if (hasCrc) checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    if (isFormatFault(error)) throw damaged("its compressed data is damaged", error);
    throw error;
  }
  if (length !== entry.uncompressedSize) {
    const found = length > entry.uncompressedSize ? "more" : String(length);
    throw damaged(`found ${found} bytes, expected ${entry.uncompressedSize} as in the directory`);
  }
  if (hasCrc && checksum !== entry.crc32) throw damaged("its CRC-32 does not match the directory's");
}

/** Decrypts and decompresses data. Damaged data is told from a wrong password as far as that is possible. */
async function* readEncrypted(
  data: Chunks,
  entry: ZipEntry,
  { subject, password, field }: { readonly subject: string; readonly password: string; readonly field: AesField },
  damaged: Damaged,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createByteSource(data);
  try {
    const opened = await openAes(source, entry.compressedSize, field, password);
    if (opened === undefined) {
      throw inputError(subject, "the password is wrong", [
        message`check the first line of the file of ${setting("archive-password-file")}`,
      ]);
    }
    yield* expand(opened.decrypt(), entry, damaged);
    if (!(await opened.authenticate())) throw damaged("its authentication code does not match: it was changed");
  } finally {
    await source.close();
  }
}

async function findData(
  entry: ZipEntry,
  read: (start: number, end: number) => Chunks,
  damaged: Damaged,
): Promise<number> {
  const { headerOffset, limit, rawName } = entry;
  const pieces: Uint8Array[] = [];
  for await (const piece of read(headerOffset, Math.min(limit, headerOffset + localHeaderBytes + rawName.length))) {
    pieces.push(Uint8Array.from(piece));
  }
  const header = Buffer.concat(pieces);
  if (header.length < localHeaderBytes || header.readUInt32LE(0) !== localHeaderSignature) {
    throw damaged("its local header is not where the directory says");
  }
  const nameBytes = header.readUInt16LE(26);
  if (nameBytes !== rawName.length || !header.subarray(localHeaderBytes).equals(rawName)) {
    throw damaged("its local header has another name than the directory");
  }
  return headerOffset + localHeaderBytes + nameBytes + header.readUInt16LE(28);
}
