import { isUtf8 } from "node:buffer";

export const blockBytes = 512;

/** One header block. */
export interface TarHeader {
  readonly name: string;
  /** The type flag, such as `0` for a file. */
  readonly type: string;
  readonly size: number;
  readonly linkName: string;
  /** GNU's old form of a sparse file continues its map in further blocks. */
  readonly mapContinues: boolean;
}

/** The part of a header that GNU's sparse files use for their map ends with this flag; that of a further block too. */
const mapFlagAt = { header: 482, block: 504 };

/**
 * Parses a header block of any form: V7, POSIX (ustar and pax) or GNU.
 *
 * @throws Error with the problem as its message.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function parseHeader(block: Buffer): TarHeader {
  if (!hasValidChecksum(block)) throw new Error("the checksum of a header is wrong");
  const size = parseNumber(block.subarray(124, 136));
  if (size === undefined || size < 0) throw new Error("a header has a size that is not valid");
  const isPosix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? parseText(block.subarray(345, 500)) : "";
  const name = parseText(block.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block.readUInt8(156)),
    size,
    linkName: parseText(block.subarray(157, 257)),
    mapContinues: block[mapFlagAt.header] !== 0,
  };
}

/** Tells whether another block of a sparse file's map follows this one. */
export function mapContinuesAfter(block: Buffer): boolean {
  return block[mapFlagAt.block] !== 0;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Tells whether a block is the header of a tar archive: its checksum is the only mark that all forms have. */
export function isHeader(block: Buffer): boolean {
  return block.length === blockBytes && !isZeroBlock(block) && hasValidChecksum(block);
}

/** Some old programs added the bytes as signed numbers. */
function hasValidChecksum(block: Buffer): boolean {
  const expected = parseNumber(block.subarray(148, 156));
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockBytes; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] as number);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return expected === unsigned || expected === signed;
}

/** Parses an octal number, or the binary one that GNU writes if the octal digits do not suffice. */
function parseNumber(field: Buffer): number | undefined {
  const first = field[0] as number;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1n : 0n;
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  }
  const [, digits] = /^ *([0-7]*)[ \0]*$/.exec(field.toString("latin1")) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits === "" ? "0" : digits, 8);
}

/** Decodes a text that ends at the first NUL: UTF-8, else Latin-1 as on older systems. */
export function parseText(field: Buffer): string {
  const end = field.indexOf(0);
  const text = end === -1 ? field : field.subarray(0, end);
  return text.toString(isUtf8(text) ? "utf8" : "latin1");
}
