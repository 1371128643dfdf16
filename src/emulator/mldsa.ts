import { children, decode, decodeOid } from "./der.js";

/** FIPS 204 parameter sets by their object identifiers (RFC 9881). */
const parameterSets = {
  "2.16.840.1.101.3.4.3.17": "ml_dsa44",
  "2.16.840.1.101.3.4.3.18": "ml_dsa65",
  "2.16.840.1.101.3.4.3.19": "ml_dsa87",
} as const;

type MldsaOid = keyof typeof parameterSets;

export function isMldsaKey(keyAlgorithm: string): keyAlgorithm is MldsaOid {
  return Object.hasOwn(parameterSets, keyAlgorithm);
}

/** Pure ML-DSA with an empty context. */
export async function verifyMldsa(publicKeyInfo: Buffer, message: Buffer, signature: Buffer): Promise<boolean> {
  const [algorithm, bits] = children(decode(publicKeyInfo));
  const id = algorithm === undefined ? undefined : children(algorithm)[0];
  if (id === undefined || bits === undefined) return false;
  const { ml_dsa44, ml_dsa65, ml_dsa87 } = await import("@noble/post-quantum/ml-dsa.js");
  const scheme = { ml_dsa44, ml_dsa65, ml_dsa87 }[parameterSets[decodeOid(id) as MldsaOid]];
  return scheme.verify(signature, message, bits.content.subarray(1));
}
