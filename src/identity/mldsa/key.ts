import { Asn1Error, encodeElement, encodeOid, octetsOf, parseElement, sequenceOf, tags } from "../asn1/der.js";
import type { PrivateKeyInfo } from "../pem/pkcs8.js";

/** Parameter sets of FIPS 204; lengths in bytes. */
export const mldsaSets = {
  "ML-DSA-44": { oid: "2.16.840.1.101.3.4.3.17", expandedLength: 2560, publicKeyLength: 1312 },
  "ML-DSA-65": { oid: "2.16.840.1.101.3.4.3.18", expandedLength: 4032, publicKeyLength: 1952 },
  "ML-DSA-87": { oid: "2.16.840.1.101.3.4.3.19", expandedLength: 4896, publicKeyLength: 2592 },
} as const;

export type MldsaSet = keyof typeof mldsaSets;

const seedLength = 32;
const seedTag = 0x80;

/** Private key in one of the three forms of RFC 9881. */
export interface MldsaPrivateKey {
  readonly set: MldsaSet;
  readonly seed: Uint8Array | undefined;
  readonly expanded: Uint8Array | undefined;
}

export function mldsaSetOf(oid: string): MldsaSet | undefined {
  return (Object.keys(mldsaSets) as MldsaSet[]).find((set) => mldsaSets[set].oid === oid);
}

/** @throws Asn1Error; it never carries key material */
export function parseMldsaPrivateKey({ algorithm, parameters, privateKey }: PrivateKeyInfo): MldsaPrivateKey {
  const set = mldsaSetOf(algorithm);
  if (set === undefined) throw new Asn1Error(`algorithm ${algorithm} is not ML-DSA`);
  if (parameters !== undefined) throw new Asn1Error(`${set} with parameters, expected none`);
  const form = parseElement(privateKey);
  if (form.tag === seedTag) return { set, seed: sized(form.content, seedLength, "seed"), expanded: undefined };
  if (form.tag === tags.octetString) return { set, seed: undefined, expanded: expandedOf(form.content, set) };
  const [seed, expanded, ...others] = sequenceOf(form, `${set} private key`);
  if (others.length > 0) throw new Asn1Error(`${set} private key of ${others.length + 2} parts, expected 2`);
  return {
    set,
    seed: sized(octetsOf(seed, "seed"), seedLength, "seed"),
    expanded: expandedOf(octetsOf(expanded, "expanded key"), set),
  };
}

function expandedOf(bytes: Uint8Array, set: MldsaSet): Uint8Array {
  return sized(bytes, mldsaSets[set].expandedLength, "expanded key");
}

function sized(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw new Asn1Error(`${what} of ${bytes.length} bytes, expected ${length}`);
  return bytes;
}

/** Encodes a raw ML-DSA public key as SubjectPublicKeyInfo. */
export function formatMldsaPublicKey(set: MldsaSet, publicKey: Uint8Array): Uint8Array {
  const algorithm = encodeElement(tags.sequence, encodeOid(mldsaSets[set].oid));
  return encodeElement(tags.sequence, algorithm, encodeElement(tags.bitString, Uint8Array.of(0), publicKey));
}
