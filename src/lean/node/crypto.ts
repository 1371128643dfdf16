// `node:crypto` for the lean edition: the functions that its path calls. What they cannot do, the full program does.
import { asBuffer, host } from "../host.js";
import { handOver } from "../hand-over.js";
import { type KeyInput, type KeyObject, readPrivateKey, readPublicKey } from "../key-object.js";
export { X509Certificate } from "../x509-certificate.js";
export type { KeyObject } from "../key-object.js";

type Data = string | Uint8Array;

const toBytes = (data: Data) => (typeof data === "string" ? Buffer.from(data, "utf8") : data);

/** The tag of AES-GCM. */
const tagBytes = 16;

function present(bytes: Uint8Array | undefined, what: string): Buffer {
  return bytes === undefined ? handOver(`know ${what}`) : asBuffer(bytes);
}

export function createHash(name: string) {
  const parts: Uint8Array[] = [];
  const hash = {
    update(data: Data) {
      parts.push(toBytes(data));
      return hash;
    },
    digest(encoding?: "hex" | "base64"): Buffer | string {
      const [first, ...others] = parts;
      const data = others.length === 0 && first !== undefined ? first : Buffer.concat(parts);
      const bytes = present(host.hash(name, data), name);
      return encoding === undefined ? bytes : bytes.toString(encoding);
    },
  };
  return hash;
}

/** Returns hexadecimal digits. */
export const hash = (name: string, data: Data) => createHash(name).update(data).digest("hex");

export const randomBytes = (length: number) => present(host.random(length), "randomness");

export function hkdfSync(
  _sha256: string,
  secret: Uint8Array,
  salt: Uint8Array,
  info: string,
  length: number,
): Uint8Array {
  return present(host.derive(secret, salt, info, length), "HKDF");
}

export function pbkdf2Sync(
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
  hash: string,
): Buffer {
  return present(host.stretch(hash, password, salt, iterations, length), `PBKDF2 with ${hash}`);
}

export const scryptSync = () => handOver("know scrypt");

/** AES-256-GCM, for cached sessions. */
export function createCipheriv(_aes256Gcm: string, key: Uint8Array, nonce: Uint8Array) {
  let aad: Uint8Array = Buffer.alloc(0);
  let sealed: Buffer = Buffer.alloc(0);
  return {
    setAAD: (bytes: Uint8Array) => void (aad = bytes),
    update(data: Data) {
      sealed = present(host.seal(key, nonce, aad, toBytes(data)), "AES-GCM");
      return sealed.subarray(0, sealed.length - tagBytes);
    },
    final: () => Buffer.alloc(0),
    getAuthTag: () => sealed.subarray(sealed.length - tagBytes),
  };
}

export function createDecipheriv(cipher: string, key: Uint8Array, iv: Uint8Array) {
  let aad: Uint8Array = Buffer.alloc(0);
  let tag: Uint8Array = Buffer.alloc(0);
  let data: Uint8Array = Buffer.alloc(0);
  const open = () => {
    if (cipher === "aes-256-gcm") return host.unseal(key, iv, aad, Buffer.concat([data, tag]));
    if (/^aes-(?:128|192|256)-cbc$/.test(cipher)) return host.decryptCbc(key, iv, data);
    return handOver(`know the cipher ${cipher}`);
  };
  return {
    setAAD: (bytes: Uint8Array) => void (aad = bytes),
    setAuthTag: (bytes: Uint8Array) => void (tag = bytes),
    update(bytes: Uint8Array) {
      data = bytes;
      return Buffer.alloc(0);
    },
    final() {
      const plain = open();
      if (plain === undefined) throw Object.assign(new Error("bad decrypt"), { code: "ERR_OSSL_BAD_DECRYPT" });
      return asBuffer(plain);
    },
  };
}

export const createPrivateKey = (input: KeyInput) => readPrivateKey(input);
export const createPublicKey = (key: KeyObject) => readPublicKey(key);

/** @param options `dsaEncoding` is always DER. */
export function sign(hash: string, data: Uint8Array, { key }: { readonly key: KeyObject }): Buffer {
  const signature = key.sign(hash, data);
  return present(signature, `${hash} with this key`);
}

export const verify = () => handOver("verify signatures of a device");
