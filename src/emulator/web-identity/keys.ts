import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

const digests = { ES384: "sha384", RS256: "sha256" } as const;

/** The signature algorithm of a web identity token. */
export type Algorithm = keyof typeof digests;

export const algorithms = Object.keys(digests) as readonly Algorithm[];

export function isAlgorithm(text: string): text is Algorithm {
  return Object.hasOwn(digests, text);
}

/** The keys that sign web identity tokens. */
export interface WebIdentityKeys {
  /** Signs a JWT with these claims. */
  readonly sign: (algorithm: Algorithm, claims: object) => string;
  /** The public keys, as a JSON Web Key Set. */
  readonly keySet: () => { readonly keys: readonly object[] };
}

/** @param readKey The private key of an algorithm as PEM, created when first used. */
export function createWebIdentityKeys(readKey: (algorithm: Algorithm) => string): WebIdentityKeys {
  const keys = new Map<Algorithm, KeyObject>();
  const keyOf = (algorithm: Algorithm): KeyObject => {
    const found = keys.get(algorithm) ?? createPrivateKey(readKey(algorithm));
    keys.set(algorithm, found);
    return found;
  };
  return {
    sign: (algorithm, claims) => {
      const key = keyOf(algorithm);
      const header = { alg: algorithm, kid: keyIdOf(key), typ: "JWT" };
      const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
      const signature = sign(digests[algorithm], Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
      return `${text}.${signature.toString("base64url")}`;
    },
    keySet: () => ({
      keys: algorithms.map((algorithm) => {
        const key = keyOf(algorithm);
        return { ...createPublicKey(key).export({ format: "jwk" }), alg: algorithm, kid: keyIdOf(key), use: "sig" };
      }),
    }),
  };
}

function keyIdOf(key: KeyObject): string {
  const info = createPublicKey(key).export({ format: "der", type: "spki" });
  return createHash("sha256").update(info).digest("base64url").slice(0, 22);
}
