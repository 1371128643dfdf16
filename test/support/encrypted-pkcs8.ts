import { createCipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { encodeElement, encodeOid, encodeUnsigned, tags } from "../../src/identity/asn1/der.js";

export const ciphers = {
  "aes-128-cbc": ["2.16.840.1.101.3.4.1.2", 16, 16],
  "aes-192-cbc": ["2.16.840.1.101.3.4.1.22", 24, 16],
  "aes-256-cbc": ["2.16.840.1.101.3.4.1.42", 32, 16],
  "des-ede3-cbc": ["1.2.840.113549.3.7", 24, 8],
} as const;
export const hmacs = {
  sha1: "1.2.840.113549.2.7",
  sha224: "1.2.840.113549.2.8",
  sha256: "1.2.840.113549.2.9",
  sha384: "1.2.840.113549.2.10",
  sha512: "1.2.840.113549.2.11",
  "sha512-224": "1.2.840.113549.2.12",
  "sha512-256": "1.2.840.113549.2.13",
} as const;

/** PBES2 encryption of a private key. */
export interface Scheme {
  readonly cipher: keyof typeof ciphers;
  readonly kdf: "pbkdf2" | "scrypt";
  readonly hash: keyof typeof hmacs;
  readonly withKeyLength: boolean;
  readonly iterations: number;
  readonly cost: number;
  readonly password: string;
}

const salt = Buffer.from("0011223344556677", "hex");

function number(value: number): Uint8Array {
  return encodeUnsigned(Buffer.from(value.toString(16).padStart(16, "0"), "hex"));
}

/** Encrypts PKCS#8 as EncryptedPrivateKeyInfo: an independent writer of RFC 8018 and RFC 7914 structures. */
export function encryptPkcs8(
  key: Uint8Array,
  { cipher, kdf, hash, withKeyLength, iterations, cost, password }: Scheme,
): Buffer {
  const [cipherOid, keyLength, blockLength] = ciphers[cipher];
  const sequence = (...parts: readonly Uint8Array[]) => encodeElement(tags.sequence, ...parts);
  const lengthMember = withKeyLength ? [number(keyLength)] : [];
  const derived =
    kdf === "pbkdf2"
      ? pbkdf2Sync(password, salt, iterations, keyLength, hash)
      : scryptSync(password, salt, keyLength, { cost, blockSize: 1, parallelization: 1 });
  const octets = (bytes: Uint8Array) => encodeElement(tags.octetString, bytes);
  const prf = hash === "sha1" ? [] : [sequence(encodeOid(hmacs[hash]), encodeElement(tags.null))];
  const derivation =
    kdf === "pbkdf2"
      ? sequence(
          encodeOid("1.2.840.113549.1.5.12"),
          sequence(octets(salt), number(iterations), ...lengthMember, ...prf),
        )
      : sequence(
          encodeOid("1.3.6.1.4.1.11591.4.11"),
          sequence(octets(salt), number(cost), number(1), number(1), ...lengthMember),
        );
  const iv = Buffer.alloc(blockLength, 7);
  const encryption = createCipheriv(cipher, derived, iv);
  const parameters = sequence(derivation, sequence(encodeOid(cipherOid), octets(iv)));
  const body = Buffer.concat([encryption.update(key), encryption.final()]);
  return Buffer.from(sequence(sequence(encodeOid("1.2.840.113549.1.5.13"), parameters), octets(body)));
}
