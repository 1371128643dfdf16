import { randomBytes } from "node:crypto";
import { formatPem } from "./authority.js";
import type { CertificateKey } from "./key.js";
import * as der from "./der.js";

/** FIPS 204 parameter sets by object identifier (RFC 9881). */
const parameterSets = {
  "2.16.840.1.101.3.4.3.17": "ml_dsa44",
  "2.16.840.1.101.3.4.3.18": "ml_dsa65",
  "2.16.840.1.101.3.4.3.19": "ml_dsa87",
} as const;

type MldsaOid = keyof typeof parameterSets;
export type MldsaSet = (typeof parameterSets)[MldsaOid];

/** @param keyAlgorithm The object identifier of a public key's algorithm. */
export function isMldsaKey(keyAlgorithm: string): keyAlgorithm is MldsaOid {
  return Object.hasOwn(parameterSets, keyAlgorithm);
}

/** Verifies pure ML-DSA with an empty context. */
export async function verifyMldsa(publicKeyInfo: Buffer, message: Buffer, signature: Buffer): Promise<boolean> {
  const [algorithm, bits] = der.children(der.decode(publicKeyInfo));
  const id = algorithm === undefined ? undefined : der.children(algorithm)[0];
  if (id === undefined || bits === undefined) return false;
  const scheme = await loadScheme(parameterSets[der.decodeOid(id) as MldsaOid]);
  const publicKey = bits.content.subarray(1);
  if (publicKey.length !== scheme.lengths.publicKey || signature.length !== scheme.lengths.signature) return false;
  return scheme.verify(signature, message, publicKey);
}

/** Generates a key. Its PKCS#8 form contains the seed. */
export async function createMldsaKey(set: MldsaSet): Promise<CertificateKey> {
  const scheme = await loadScheme(set);
  const seed = randomBytes(32);
  const { publicKey, secretKey } = scheme.keygen(seed);
  const id = Object.entries(parameterSets).find(([, name]) => name === set)?.[0] ?? "";
  const algorithm = der.sequence(der.oid(id));
  const privateKey = der.encode(der.tags.octetString, der.encode(0x80, seed));
  return {
    publicKeyInfo: der.sequence(algorithm, der.bitString(publicKey)),
    privateKeyPem: formatPem("PRIVATE KEY", der.sequence(der.integer(0n), algorithm, privateKey)),
    algorithmIdentifier: () => algorithm,
    sign: (bytes) => Buffer.from(scheme.sign(bytes, secretKey)),
  };
}

async function loadScheme(set: MldsaSet) {
  const { ml_dsa44, ml_dsa65, ml_dsa87 } = await import("@noble/post-quantum/ml-dsa.js");
  return { ml_dsa44, ml_dsa65, ml_dsa87 }[set];
}
