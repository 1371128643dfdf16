import { createPrivateKey, type KeyObject, sign as signNative, timingSafeEqual } from "node:crypto";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { formatMldsaPublicKey, type MldsaPrivateKey, type MldsaSet, parseMldsaPrivateKey } from "./key.js";
import { parsePrivateKeyInfo, withoutCause } from "../pem/pkcs8.js";
import type { Signer } from "../signer.js";

const implementations = {
  "ML-DSA-44": ml_dsa44,
  "ML-DSA-65": ml_dsa65,
  "ML-DSA-87": ml_dsa87,
} as const satisfies Record<MldsaSet, unknown>;

/**
 * Creates a signer for an ML-DSA key: pure ML-DSA with an empty context (FIPS 204 algorithm 2). The runtime's
 * implementation signs if there is one. Node.js has no option for deterministic signatures, so the JavaScript
 * implementation makes those.
 *
 * @param der PKCS#8 `PrivateKeyInfo`
 * @throws IdentityError `ERR_KEY`
 */
export function createMldsaSigner(der: Uint8Array, subject: Text): Signer {
  const key = withoutCause(subject, () => parseMldsaPrivateKey(parsePrivateKeyInfo(der)));
  const implementation = implementations[key.set];
  const { secretKey, publicKey } = expand(key, subject);
  const native = nativeKey(der);
  return {
    algorithm: "AWS4-X509-MLDSA",
    publicKey: formatMldsaPublicKey(key.set, publicKey),
    sign: async (message, { deterministic = false } = {}) =>
      native !== undefined && !deterministic
        ? signNative(null, message, native)
        : implementation.sign(message, secretKey, { extraEntropy: false }),
    exportSecret: () => der,
  };
}

function expand({ set, seed, expanded }: MldsaPrivateKey, subject: Text) {
  const implementation = implementations[set];
  if (seed === undefined) {
    const secretKey = expanded as Uint8Array;
    return { secretKey, publicKey: withoutCause(subject, () => implementation.getPublicKey(secretKey)) };
  }
  const pair = implementation.keygen(seed);
  if (expanded !== undefined && !timingSafeEqual(expanded, pair.secretKey)) {
    throw new IdentityError(
      "ERR_KEY",
      message`${subject} holds a seed and an expanded key that do not belong together`,
      {
        hints: ["the file is damaged: export the key again"],
      },
    );
  }
  return pair;
}

/** Imports the key into the runtime; Node.js 20 and 22 have no ML-DSA. */
function nativeKey(der: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    return undefined;
  }
}
