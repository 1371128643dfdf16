import type { Certificate } from "../certificate/parsed.js";
import type { Signer } from "../signer.js";

/** A certificate that a store holds with its private key. */
export interface StoredCertificate {
  readonly certificate: Certificate;
  /** Candidates for its chain. */
  readonly others: readonly Certificate[];
  /** Opens the private key; only here may a password be asked for. */
  readonly open: () => Promise<Signer>;
}

/** Certificates to choose from: a folder, or what the operating system keeps. */
export interface CertificateStore {
  /** How messages name it. */
  readonly name: string;
  readonly list: () => Promise<readonly StoredCertificate[]>;
}
