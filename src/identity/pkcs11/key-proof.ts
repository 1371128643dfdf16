import { verify } from "node:crypto";
import type { Certificate } from "../certificate/parsed.js";
import type { Signer } from "../signer.js";

/** Picks, of several keys without an exported public key, the one whose signature a certificate verifies. */
export async function findByProof(
  signers: readonly Signer[],
  certificates: readonly Certificate[],
): Promise<Signer | undefined> {
  const proof = Buffer.from("which key is it?");
  for (const signer of signers.length > 1 ? signers : []) {
    if (signer.publicKey !== undefined) continue;
    const signature = await signer.sign(proof);
    if (certificates.some(({ x509 }) => verify("sha256", proof, x509.publicKey, signature))) return signer;
  }
  return undefined;
}
