import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { encode, oid, sequence, tags } from "./der.js";

export type Digest = "sha1" | "sha256" | "sha384" | "sha512";

/** A key for certificates and their signatures. */
export interface CertificateKey {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKeyInfo: Buffer;
  /** PKCS#8, unencrypted. */
  readonly privateKeyPem: string;
  /** Absent for algorithms that this version of Node.js does not support. */
  readonly privateKey?: KeyObject;
  /** The AlgorithmIdentifier of `sign`. */
  algorithmIdentifier(digest: Digest): Buffer;
  sign(bytes: Buffer, digest: Digest): Buffer;
}

const curves = { "ec-p256": "P-256", "ec-p384": "P-384", "ec-p521": "P-521" } as const;
const moduli = { "rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096 } as const;

export type KeyKind = keyof typeof curves | keyof typeof moduli;

const rsaSignatures = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
} as const satisfies Record<Digest, string>;

const ecdsaSignatures = {
  sha1: "1.2.840.10045.4.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
} as const satisfies Record<Digest, string>;

/** Generates a key. RSA keys take several tenths of a second. */
export function createKey(kind: KeyKind): CertificateKey {
  return wrapPrivateKey(
    kind in curves
      ? generateKeyPairSync("ec", { namedCurve: curves[kind as keyof typeof curves] }).privateKey
      : generateKeyPairSync("rsa", { modulusLength: moduli[kind as keyof typeof moduli] }).privateKey,
  );
}

/** Wraps an existing RSA or EC key. */
export function wrapPrivateKey(privateKey: KeyObject): CertificateKey {
  const rsa = privateKey.asymmetricKeyType === "rsa";
  return {
    privateKey,
    privateKeyPem: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    publicKeyInfo: createPublicKey(privateKey).export({ format: "der", type: "spki" }),
    algorithmIdentifier: (digest) =>
      rsa ? sequence(oid(rsaSignatures[digest]), encode(tags.null)) : sequence(oid(ecdsaSignatures[digest])),
    sign: (bytes, digest) => sign(digest, bytes, privateKey),
  };
}
