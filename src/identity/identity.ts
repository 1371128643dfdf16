import type { X509Algorithm } from "../signing/algorithm.js";
import type { Certificate } from "./certificate.js";
import type { SignOptions } from "./signer.js";

/** A certificate with its chain and the means to sign with its private key, wherever that key lives. */
export interface Identity {
  readonly leaf: Certificate;
  /** Intermediates in order, the leaf's issuer first, without leaf and root; at most five. */
  readonly chain: readonly Certificate[];
  readonly algorithm: X509Algorithm;
  /**
   * Signs the message itself (hashing is part of it): RSASSA-PKCS1-v1_5 with SHA-256, ECDSA with SHA-256 as ASN.1 DER,
   * or pure ML-DSA with an empty context. Other hashes are for diagnosis.
   */
  sign(message: Uint8Array, options?: SignOptions): Promise<Uint8Array>;
  /** Frees a token session or TPM handle; called once, after the last signature. */
  close?(): Promise<void>;
}
