import { createHash } from "node:crypto";
import { expectElement, parseElement, sequenceOf, tags } from "./asn1/der.js";
import type { Signer } from "./signer.js";

const text = "AWS Roles Anywhere Credential Helper Signing Test";
const version = "1";

/**
 * Returns the bytes that `sign-string` signs, as in the official helper: a fixed text and, for RSA and EC, a hash of
 * the public key, so that such a signature never passes for a request.
 */
export function signingTestMessage({ algorithm, publicKey }: Pick<Signer, "algorithm" | "publicKey">): Uint8Array {
  const head = Buffer.from(text + version, "ascii");
  if (publicKey === undefined || algorithm === "AWS4-X509-MLDSA") return head;
  return Buffer.concat([head, createHash("sha256").update("IAM RA").update(innerKey(publicKey)).digest()]);
}

/** Returns the bits of a SubjectPublicKeyInfo: an EC point, or an RSAPublicKey of PKCS#1. */
function innerKey(publicKey: Uint8Array): Uint8Array {
  const [, bits] = sequenceOf(parseElement(publicKey), "public key");
  return expectElement(bits, tags.bitString, "public key").content.subarray(1);
}
