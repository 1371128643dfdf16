import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { encodeElement, encodeOid, encodeUnsigned, tags } from "../../src/identity/asn1/der.js";
import { mldsaSets, type MldsaSet } from "../../src/identity/mldsa/key.js";

const implementations = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 } as const;

/** Encodes an ML-DSA private key as PKCS#8, in one of the three forms of RFC 9881. */
export function mldsaPkcs8(set: MldsaSet, form: "seed" | "expanded" | "both", seed: Uint8Array): Uint8Array {
  const { secretKey } = implementations[set].keygen(seed);
  const expanded = encodeElement(tags.octetString, secretKey);
  const inner = {
    seed: encodeElement(0x80, seed),
    expanded,
    both: encodeElement(tags.sequence, encodeElement(tags.octetString, seed), expanded),
  }[form];
  const algorithm = encodeElement(tags.sequence, encodeOid(mldsaSets[set].oid));
  return encodeElement(
    tags.sequence,
    encodeUnsigned(Uint8Array.of(0)),
    algorithm,
    encodeElement(tags.octetString, inner),
  );
}
