import { createCipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { InternalError } from "../../errors.js";
import type { ByteSource } from "../compression/byte-source.js";

/** How a member is encrypted, from its extra field 0x9901. */
export interface AesField {
  readonly keyBits: 128 | 192 | 256;
  /** AE-1 has the CRC-32 of the data, AE-2 has not. */
  readonly hasCrc: boolean;
  /** The method by which the data was compressed before it was encrypted. */
  readonly method: number;
}

/** The method number of a member that is encrypted with AES. */
export const aesMethod = 99;
export const aesField = 0x9901;

const keySizes = [undefined, 128, 192, 256] as const;
const verifierBytes = 2;
const authenticationBytes = 10;
const iterations = 1000;
const blockBytes = 16;
/** Keystream is made for this much at a time. */
const pieceBlocks = 4096;

/** Returns undefined for a form that this program does not know. */
export function parseAesField(field: Buffer | undefined): AesField | undefined {
  if (field === undefined || field.length < 7 || field.toString("latin1", 2, 4) !== "AE") return undefined;
  const version = field.readUInt16LE(0);
  const keyBits = keySizes[field.readUInt8(4)];
  if ((version !== 1 && version !== 2) || keyBits === undefined) return undefined;
  return { keyBits, hasCrc: version === 1, method: field.readUInt16LE(5) };
}

/** Bytes that encryption adds: salt, verifier and authentication code. */
export function aesOverhead({ keyBits }: AesField): number {
  return saltBytesOf(keyBits) + verifierBytes + authenticationBytes;
}

const saltBytesOf = (keyBits: number): number => keyBits / 16;

/** The data of an encrypted member. */
export interface AesData {
  /** Decrypts the data. It counts only after `authenticate` has found it to be unchanged. */
  decrypt(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Reads the rest of the data. @returns Whether the data is as it was encrypted. */
  authenticate(): Promise<boolean>;
}

/**
 * Opens the data of a member: salt, password verifier, ciphertext and authentication code.
 *
 * @param source The data, from its start.
 * @param size The length of the data.
 * @returns undefined if the verifier refuses the password; one wrong password in 65,536 passes.
 * @see https://www.winzip.com/en/support/aes-encryption/
 */
export async function openAes(
  source: ByteSource,
  size: number,
  field: AesField,
  password: string,
): Promise<AesData | undefined> {
  const keyBytes = field.keyBits / 8;
  const [salt, verifier] = [await take(source, saltBytesOf(field.keyBits)), await take(source, verifierBytes)];
  const derived = pbkdf2Sync(password, salt, iterations, 2 * keyBytes + verifierBytes, "sha1");
  if (!timingSafeEqual(derived.subarray(2 * keyBytes), verifier)) return undefined;
  const code = createHmac("sha1", derived.subarray(keyBytes, 2 * keyBytes));
  let rest = size - aesOverhead(field);
  const next = async (): Promise<Uint8Array | undefined> => {
    if (rest === 0) return undefined;
    const chunk = await source.next();
    if (chunk === undefined) throw new InternalError("the data of a member is shorter than its size");
    const used = chunk.subarray(0, rest);
    source.unread(chunk.subarray(used.length));
    rest -= used.length;
    code.update(used);
    return used;
  };
  return {
    async *decrypt() {
      const apply = createKeystream(derived.subarray(0, keyBytes));
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield* apply(chunk);
    },
    async authenticate() {
      while ((await next()) !== undefined);
      const found = await take(source, authenticationBytes);
      return timingSafeEqual(code.digest().subarray(0, authenticationBytes), found);
    },
  };
}

async function take(source: ByteSource, count: number): Promise<Uint8Array> {
  const bytes = await source.take(count);
  if (bytes === undefined) throw new InternalError("the data of a member is shorter than its size");
  return bytes;
}

/**
 * Creates the stream cipher of WinZip: AES in counter mode with a little-endian counter that begins at 1. Node's own counter
 * mode counts in the other byte order, so counters are encrypted here.
 */
function createKeystream(key: Uint8Array): (bytes: Uint8Array) => Generator<Uint8Array> {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
  cipher.setAutoPadding(false);
  const counters = Buffer.alloc(pieceBlocks * blockBytes);
  let count = 0;
  let stream = Buffer.alloc(0);
  let used = 0;
  const refill = (): void => {
    for (let at = 0; at < counters.length; at += blockBytes) {
      count++;
      counters.writeUInt32LE(count % 0x1_0000_0000, at);
      counters.writeUInt32LE(Math.floor(count / 0x1_0000_0000), at + 4);
    }
    stream = cipher.update(counters);
    used = 0;
  };
  return function* apply(bytes) {
    for (let at = 0; at < bytes.length;) {
      if (used === stream.length) refill();
      const length = Math.min(bytes.length - at, stream.length - used);
      const piece = new Uint8Array(length);
      for (let index = 0; index < length; index++) {
        piece[index] = (bytes[at + index] as number) ^ (stream[used + index] as number);
      }
      at += length;
      used += length;
      yield piece;
    }
  };
}
