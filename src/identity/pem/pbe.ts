import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import {
  Asn1Error,
  countOf,
  type Element,
  elementsOf,
  expectElement,
  octetsOf,
  oidOf,
  sequenceOf,
  tags,
} from "../asn1/der.js";

/**
 * Limits on the key derivation of a password-protected file. OpenSSL writes 2048 PBKDF2 iterations and a scrypt of 16
 * MiB, password managers up to a few million iterations; a file beyond these limits is damaged or hostile.
 */
export const costLimits = {
  /** Iterations of PBKDF2 or the PKCS#12 derivation, summed over one file. */
  iterations: 10_000_000,
  /** 128 · N · r bytes. */
  scryptMemoryBytes: 256 * 1024 * 1024,
  /** N · r · p; OpenSSL's default is 131,072, about 50 ms. */
  scryptWork: 4_194_304,
} as const;

/** Sums up the derivation work that one file asks for. */
export class CostMeter {
  #iterations = 0;
  readonly #subject: Text;

  constructor(subject: Text) {
    this.#subject = subject;
  }

  /** @throws IdentityError `ERR_KEY` if the file's sum exceeds the limit */
  spendIterations(count: number): void {
    this.#iterations += count;
    if (this.#iterations > costLimits.iterations)
      throw this.#refuse(`${this.#iterations} key derivation iterations`, `${costLimits.iterations}`);
  }

  /** @throws IdentityError `ERR_KEY` */
  checkScrypt({ cost, blockSize, parallelization }: ScryptCost): void {
    const memory = 128 * cost * blockSize;
    const work = cost * blockSize * parallelization;
    if (memory > costLimits.scryptMemoryBytes)
      throw this.#refuse(`${memory} bytes of scrypt memory`, `${costLimits.scryptMemoryBytes}`);
    if (work > costLimits.scryptWork) throw this.#refuse(`a scrypt work of ${work}`, `${costLimits.scryptWork}`);
  }

  #refuse(asked: string, limit: string): IdentityError {
    return new IdentityError("ERR_KEY", message`${this.#subject} asks for ${asked}, the limit is ${limit}`, {
      hints: ["encrypt the key again with usual parameters: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW"],
    });
  }
}

export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** Derivation of a PBES2 or PBMAC1 key from the password (RFC 8018, RFC 7914). */
export type KeyDerivation =
  | {
      readonly kind: "pbkdf2";
      readonly salt: Uint8Array;
      readonly iterations: number;
      readonly hash: string;
      readonly keyLength: number | undefined;
    }
  | ({ readonly kind: "scrypt"; readonly salt: Uint8Array; readonly keyLength: number | undefined } & ScryptCost);

interface Cipher {
  readonly name: string;
  readonly keyLength: number;
  readonly ivLength: number;
}

const ciphers: Readonly<Record<string, Cipher>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyLength: 16, ivLength: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyLength: 24, ivLength: 16 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyLength: 32, ivLength: 16 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyLength: 24, ivLength: 8 },
};

/** HMAC object identifiers (RFC 8018 B.1.2) and their hashes. */
const hmacHashes: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
  "1.2.840.113549.2.12": "sha512-224",
  "1.2.840.113549.2.13": "sha512-256",
};

export const pbes2Oid = "1.2.840.113549.1.5.13";
const pbkdf2Oid = "1.2.840.113549.1.5.12";
const scryptOid = "1.3.6.1.4.1.11591.4.11";

export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Element | undefined;
}

export function parseAlgorithmIdentifier(element: Element | undefined, what: string): AlgorithmIdentifier {
  const [oid, parameters] = sequenceOf(element, what);
  return { oid: oidOf(oid, what), parameters };
}

export interface Pbes2 {
  readonly derivation: KeyDerivation;
  readonly cipher: Cipher;
  readonly iv: Uint8Array;
}

/** @throws Asn1Error; IdentityError `ERR_KEY` for a scheme that is not supported */
export function parsePbes2(parameters: Element | undefined, subject: Text): Pbes2 {
  const [kdf, scheme] = sequenceOf(parameters, "PBES2 parameters");
  const { oid, parameters: iv } = parseAlgorithmIdentifier(scheme, "encryption scheme");
  const cipher = Object.hasOwn(ciphers, oid) ? ciphers[oid] : undefined;
  if (cipher === undefined) throw unsupportedScheme(subject, `cipher ${oid}`);
  const ivBytes = octetsOf(iv, "initialisation vector");
  if (ivBytes.length !== cipher.ivLength)
    throw new Asn1Error(`initialisation vector of ${ivBytes.length} bytes, expected ${cipher.ivLength}`);
  return { derivation: parseKeyDerivation(kdf, subject), cipher, iv: ivBytes };
}

/** @throws Asn1Error; IdentityError `ERR_KEY` */
export function parseKeyDerivation(element: Element | undefined, subject: Text): KeyDerivation {
  const { oid, parameters } = parseAlgorithmIdentifier(element, "key derivation");
  const [saltElement, ...members] = sequenceOf(parameters, "key derivation parameters");
  const salt = octetsOf(saltElement, "salt");
  if (oid === scryptOid) {
    const [cost, blockSize, parallelization] = [0, 1, 2].map((index) => countOf(members[index], "scrypt cost"));
    const keyLength = members[3] === undefined ? undefined : countOf(members[3], "key length");
    return {
      kind: "scrypt",
      salt,
      keyLength,
      cost: cost ?? 0,
      blockSize: blockSize ?? 0,
      parallelization: parallelization ?? 0,
    };
  }
  if (oid !== pbkdf2Oid) throw unsupportedScheme(subject, `key derivation ${oid}`);
  const iterations = countOf(members[0], "iteration count");
  const keyLength = members[1]?.tag === tags.integer ? countOf(members[1], "key length") : undefined;
  const prf = members.find(({ tag }) => tag === tags.sequence);
  const prfOid = prf === undefined ? "1.2.840.113549.2.7" : oidOf(elementsOf(prf)[0], "pseudo-random function");
  return { kind: "pbkdf2", salt, iterations, keyLength, hash: hashOfHmac(prfOid, subject) };
}

/** @throws IdentityError `ERR_KEY` */
export function hashOfHmac(oid: string, subject: Text): string {
  const hash = Object.hasOwn(hmacHashes, oid) ? hmacHashes[oid] : undefined;
  if (hash === undefined) throw unsupportedScheme(subject, `pseudo-random function ${oid}`);
  return hash;
}

/**
 * Derives a key, after checking that the work stays within `costLimits`.
 *
 * @throws IdentityError `ERR_KEY`
 */
export function deriveKey(
  derivation: KeyDerivation,
  password: Uint8Array,
  length: number,
  meter: CostMeter,
): Uint8Array {
  checkCost(derivation, meter);
  if (derivation.keyLength !== undefined && derivation.keyLength !== length)
    throw new Asn1Error(`derived key of ${derivation.keyLength} bytes, expected ${length}`);
  if (derivation.kind === "pbkdf2")
    return pbkdf2Sync(password, derivation.salt, derivation.iterations, length, derivation.hash);
  const { salt, cost, blockSize, parallelization } = derivation;
  const maxmem = 2 * costLimits.scryptMemoryBytes;
  return scryptSync(password, salt, length, { cost, blockSize, parallelization, maxmem });
}

/** @throws IdentityError `ERR_KEY` beyond `costLimits`; Asn1Error for impossible parameters */
export function checkCost(derivation: KeyDerivation, meter: CostMeter): void {
  if (derivation.kind === "pbkdf2") {
    if (derivation.iterations === 0) throw new Asn1Error("iteration count of zero");
    meter.spendIterations(derivation.iterations);
    return;
  }
  const { cost, blockSize, parallelization } = derivation;
  if (cost < 2 || !Number.isInteger(Math.log2(cost)) || blockSize === 0 || parallelization === 0)
    throw new Asn1Error("scrypt parameters out of range");
  meter.checkScrypt(derivation);
}

/** Decrypts PBES2 content; `undefined` if the password is wrong. */
export function decryptPbes2(
  scheme: Pbes2,
  ciphertext: Uint8Array,
  password: Uint8Array,
  meter: CostMeter,
): Uint8Array | undefined {
  const key = deriveKey(scheme.derivation, password, scheme.cipher.keyLength, meter);
  return decryptCbc(scheme.cipher.name, key, scheme.iv, ciphertext);
}

/** @returns `undefined` if the padding shows that the key is wrong */
export function decryptCbc(
  cipher: string,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  if (ciphertext.length === 0 || ciphertext.length % iv.length !== 0)
    throw new Asn1Error(`encrypted content of ${ciphertext.length} bytes, expected whole blocks of ${iv.length}`);
  const decipher = createDecipheriv(cipher, key, iv);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

export function unsupportedScheme(subject: Text, found: string): IdentityError {
  return new IdentityError("ERR_KEY", message`${subject} is encrypted with ${found}, which is not supported`, {
    hints: ["encrypt the key again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW"],
  });
}

/** Parses a SEQUENCE of AlgorithmIdentifier and OCTET STRING: RFC 5958 EncryptedPrivateKeyInfo. */
export function parseEncryptedPrivateKeyInfo(element: Element): {
  readonly algorithm: AlgorithmIdentifier;
  readonly ciphertext: Uint8Array;
} {
  const [algorithm, data] = elementsOf(expectElement(element, tags.sequence, "encrypted private key"));
  return {
    algorithm: parseAlgorithmIdentifier(algorithm, "encryption algorithm"),
    ciphertext: octetsOf(data, "encrypted data"),
  };
}
