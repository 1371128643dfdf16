import { createPublicKey, type KeyObject, sign as signNative } from "node:crypto";
import { IdentityError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { curves } from "./curves.js";
import type { X509Algorithm } from "../signing/x509-scheme.js";

/** Hashes that `sign-string` offers; requests to AWS are always signed with SHA-256. */
export const digests = { SHA256: "sha256", SHA384: "sha384", SHA512: "sha512" } as const;

export type Digest = keyof typeof digests;

export interface SignOptions {
  /** Default `SHA256`; ML-DSA accepts none. */
  readonly digest?: Digest;
  /** Makes an ML-DSA signature deterministic (FIPS 204). Default: as the runtime's implementation signs. */
  readonly deterministic?: boolean;
}

/** Private key that signs, wherever it is kept. */
export interface Signer {
  readonly algorithm: X509Algorithm;
  /**
   * SubjectPublicKeyInfo in DER, to compare with a certificate's; undefined if a device does not export it. Then each
   * signature is verified with the certificate's key.
   */
  readonly publicKey: Uint8Array | undefined;
  readonly sign: (message: Uint8Array, options?: SignOptions) => Promise<Uint8Array>;
  /** Bytes that only a holder of the key has; absent if it never leaves its device. */
  readonly exportSecret?: () => Uint8Array;
  /** Frees a token session or TPM handle. */
  readonly close?: () => Promise<void>;
}

/** Frees the device if a step after loading its key fails. */
export async function closingOnFailure<T>(signer: Signer, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await signer.close?.();
    throw error;
  }
}

/**
 * Creates a signer for a key that this process holds.
 *
 * @throws IdentityError `ERR_KEY` for a kind of key that IAM Roles Anywhere does not accept
 */
export function signerFromKey(key: KeyObject, subject: Text): Signer {
  const algorithm = algorithmOf(key, subject);
  return {
    algorithm,
    publicKey: createPublicKey(key).export({ format: "der", type: "spki" }),
    sign: async (message, { digest = "SHA256" } = {}) =>
      signNative(digests[digest], message, { key, dsaEncoding: "der" }),
    exportSecret: () => toPkcs8(key),
  };
}

function algorithmOf(key: KeyObject, subject: Text): X509Algorithm {
  const kind = key.asymmetricKeyType;
  if (kind === "rsa") return "AWS4-X509-RSA-SHA256";
  if (kind === "ec" && !isWhole(key)) throw unsuitableKey(subject, "an EC key that does not fit its curve");
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (kind === "ec" && curves.some(({ openSsl }) => openSsl === curve)) return "AWS4-X509-ECDSA-SHA256";
  const found = kind === "ec" ? `an EC key on curve ${curve ?? "unknown"}` : `a key of type ${kind ?? "unknown"}`;
  throw unsuitableKey(subject, found);
}

const toPkcs8 = (key: KeyObject): Uint8Array => key.export({ type: "pkcs8", format: "der" });

/** Tells whether an EC key can be used. With one whose private number is too long, Node.js 18 to 22 would abort the process. */
function isWhole(key: KeyObject): boolean {
  try {
    return toPkcs8(key).length > 0;
  } catch {
    return false;
  }
}

/** @param found Actual kind of the key, such as `a key of type ed25519`. */
export function unsuitableKey(subject: Text, found: string): IdentityError {
  return new IdentityError("ERR_KEY", message`${subject} is ${found}, expected RSA, or EC on P-256, P-384 or P-521`, {
    hints: ["IAM Roles Anywhere takes RSA, EC and ML-DSA certificates: have one issued for such a key"],
  });
}
