import type { Certificate } from "../certificate/parsed.js";
import type { Signer } from "../signer.js";

/** Certificate that a store holds with its private key. */
export interface StoredCertificate {
  readonly certificate: Certificate;
  /** Candidates for its chain. */
  readonly others: readonly Certificate[];
  /** Opens the private key; no other step asks for a password. */
  readonly open: () => Promise<Signer>;
}

/** Set of certificates to choose from: a folder, or a store of the operating system. */
export interface CertificateStore {
  /** Name in messages. */
  readonly name: string;
  readonly list: () => Promise<readonly StoredCertificate[]>;
}
