import { parseCertificateFields } from "./fields.js";
import type { Certificate } from "./parsed.js";

/** Those of a file's certificates that are no authority: without a key, the leaf is among them. */
export function leavesOf(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter((certificate) => !isAuthority(certificate));
}

/** Damaged ones count as leaves, so that they are found. */
function isAuthority({ der }: Certificate): boolean {
  try {
    return parseCertificateFields(der).basicConstraints?.ca === true;
  } catch {
    return false;
  }
}
