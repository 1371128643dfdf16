import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipMemberSource {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** Deflated data instead of `data`, and its result. */
  readonly deflated?: { readonly bytes: Uint8Array; readonly length: number; readonly crc32: number };
  readonly method?: "stored" | "deflate";
  /** Sizes and CRC follow the data, as streaming writers do. */
  readonly dataDescriptor?: boolean;
  readonly zip64?: boolean;
  /** False values in the central directory. */
  readonly claims?: { readonly crc32?: number; readonly uncompressedSize?: number; readonly compressedSize?: number };
  readonly encrypted?: boolean;
  /** Encrypts the member as WinZip does. */
  readonly aes?: { readonly password: string; readonly keyBits?: 128 | 192 | 256; readonly version?: 1 | 2 };
  readonly externalAttributes?: number;
}

/** Writes ZIP archives by hand, so that tests can also create unusual ones. */
export function writeZip(members: readonly ZipMemberSource[], comment = "", count = members.length): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const { local, central } = writeMember(member, offset);
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
    directory.push(central);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

function writeMember(member: ZipMemberSource, offset: number): { local: Buffer[]; central: Buffer } {
  const data = Buffer.from(member.data);
  const deflated = member.method !== "stored";
  const packed = Buffer.from(member.deflated?.bytes ?? (deflated ? deflateRawSync(data) : data));
  const compressed = member.aes === undefined ? packed : encryptAes(packed, member.aes);
  const length = member.deflated?.length ?? data.length;
  const name = Buffer.from(member.name);
  const crc = member.aes?.version === 2 ? 0 : (member.deflated?.crc32 ?? crc32(data));
  const encrypted = member.encrypted === true || member.aes !== undefined;
  const flags = 0x800 | (member.dataDescriptor === true ? 8 : 0) | (encrypted ? 1 : 0);
  const method = deflated ? 8 : 0;
  const aesField = Buffer.alloc(member.aes === undefined ? 0 : 11);
  if (member.aes !== undefined) {
    aesField.writeUInt16LE(0x9901, 0);
    aesField.writeUInt16LE(7, 2);
    aesField.writeUInt16LE(member.aes.version ?? 1, 4);
    aesField.write("AE", 6);
    aesField.writeUInt8(((member.aes.keyBits ?? 256) - 64) / 64, 8);
    aesField.writeUInt16LE(method, 9);
  }
  const fields = (sizes: boolean, claims: ZipMemberSource["claims"] = {}) => {
    const buffer = Buffer.alloc(26);
    buffer.writeUInt16LE(45, 0);
    buffer.writeUInt16LE(flags, 2);
    buffer.writeUInt16LE(member.aes === undefined ? method : 99, 4);
    buffer.writeUInt32LE(sizes ? (claims.crc32 ?? crc) : 0, 10);
    buffer.writeUInt32LE(
      sizes ? (member.zip64 === true ? 0xffffffff : (claims.compressedSize ?? compressed.length)) : 0,
      14,
    );
    buffer.writeUInt32LE(sizes ? (member.zip64 === true ? 0xffffffff : (claims.uncompressedSize ?? length)) : 0, 18);
    buffer.writeUInt16LE(name.length, 22);
    return buffer;
  };
  const zip64 = Buffer.alloc(member.zip64 === true ? 20 : 0);
  if (member.zip64 === true) {
    zip64.writeUInt16LE(1, 0);
    zip64.writeUInt16LE(16, 2);
    zip64.writeBigUInt64LE(BigInt(length), 4);
    zip64.writeBigUInt64LE(BigInt(compressed.length), 12);
  }
  const localFields = fields(member.dataDescriptor !== true);
  localFields.writeUInt16LE(zip64.length + aesField.length, 24);
  const descriptor = Buffer.alloc(member.dataDescriptor === true ? 16 : 0);
  if (member.dataDescriptor === true) {
    descriptor.writeUInt32LE(0x08074b50, 0);
    descriptor.writeUInt32LE(crc, 4);
    descriptor.writeUInt32LE(compressed.length, 8);
    descriptor.writeUInt32LE(length, 12);
  }
  const centralFields = fields(true, member.claims);
  centralFields.writeUInt16LE(zip64.length + aesField.length, 24);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE((3 << 8) | 45, 4);
  centralFields.copy(central, 6);
  central.writeUInt32LE(member.externalAttributes ?? 0, 38);
  central.writeUInt32LE(offset, 42);
  const signature = Buffer.from([0x50, 0x4b, 3, 4]);
  return {
    local: [signature, localFields, name, zip64, aesField, compressed, descriptor],
    central: Buffer.concat([central, name, zip64, aesField]),
  };
}

/** Salt, verifier, ciphertext and authentication code: each block of the data with a counter of its own. */
function encryptAes(data: Buffer, { password, keyBits = 256 }: NonNullable<ZipMemberSource["aes"]>): Buffer {
  const keyBytes = keyBits / 8;
  const salt = randomBytes(keyBytes / 2);
  const keys = pbkdf2Sync(password, salt, 1000, 2 * keyBytes + 2, "sha1");
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += 16) {
    const counter = Buffer.alloc(16);
    counter.writeUInt32LE(at / 16 + 1);
    // The first block of CTR mode is the counter itself, in whichever byte order one counts.
    const cipher = createCipheriv(`aes-${keyBits}-ctr`, keys.subarray(0, keyBytes), counter);
    blocks.push(cipher.update(data.subarray(at, at + 16)));
  }
  const encrypted = Buffer.concat(blocks);
  const code = createHmac("sha1", keys.subarray(keyBytes, 2 * keyBytes))
    .update(encrypted)
    .digest()
    .subarray(0, 10);
  return Buffer.concat([salt, keys.subarray(2 * keyBytes), encrypted, code]);
}
