import { parseCertificateFields } from "./fields.js";
import type { Certificate } from "./parsed.js";

/** The certificates of a file that are not authorities. Without a key, the leaf is one of these. */
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
