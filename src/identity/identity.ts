import type { X509Algorithm } from "../signing/x509-scheme.js";
import type { OrderedChain } from "./certificate/chain.js";
import type { Certificate } from "./certificate/parsed.js";
import type { SignOptions } from "./signer.js";

/** Certificate with its chain and the means to sign with its private key, wherever that key is. */
export interface Identity {
  readonly leaf: Certificate;
  /** Intermediates, the leaf's issuer first, without leaf and root; at most five. */
  readonly chain: OrderedChain["chain"];
  readonly leftOut: OrderedChain["leftOut"];
  readonly algorithm: X509Algorithm;
  /**
   * Signs the message itself, not its hash: RSASSA-PKCS1-v1_5 with SHA-256, ECDSA with SHA-256 as ASN.1 DER, or pure
   * ML-DSA with an empty context. Other hashes are for diagnosis.
   */
  readonly sign: (message: Uint8Array, options?: SignOptions) => Promise<Uint8Array>;
  /** Absent if the key never leaves its device. */
  readonly keyMaterial?: KeyMaterial;
  /** Frees a token session or TPM handle; called once, after the last signature. */
  readonly close?: () => Promise<void>;
}

/** Private key in this process, as a cache uses it. */
export interface KeyMaterial {
  /** Bytes that only a holder of the key has: its unencrypted file, else the key itself. */
  readonly secret: Uint8Array;
  /**
   * Paths of the plain files that the identity was read from, the secret one first; undefined if anything else was
   * involved, such as a password, a variable or a pipe.
   */
  readonly files: readonly string[] | undefined;
}
