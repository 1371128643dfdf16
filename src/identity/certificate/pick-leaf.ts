import { parseCertificateFields } from "./fields.js";
import type { Certificate } from "./parsed.js";

/** Returns the certificates of a file that are not authorities. Without a key, the leaf is one of these. */
export function leavesOf(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter(({ der }) => parseCertificateFields(der).basicConstraints?.ca !== true);
}
