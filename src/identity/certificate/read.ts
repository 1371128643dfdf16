import type { Sourced } from "../../origin.js";
import type { Certificate } from "./parsed.js";
import type { MaterialSource } from "../material-source.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/**
 * The certificate of a file without its private key: the leaf of a PKCS#12 file, else the first one.
 *
 * @throws IdentityError `ERR_CERTIFICATE`, `ERR_PASSWORD`
 */
export async function readCertificate(
  certificate: Sourced<MaterialSource>,
  identity: IdentitySource,
  context: IdentityContext,
): Promise<Certificate> {
  const { readIdentityFile } = await import("../read-file.js");
  const file = await readIdentityFile(certificate, "certificate", context);
  const { looksLikeDer } = await import("../pem/blocks.js");
  if (looksLikeDer(file.bytes)) {
    const { loadPkcs12Identity } = await import("../pkcs12/identity.js");
    const found = await loadPkcs12Identity(file, identity, context);
    if (found !== undefined) return found.leaf;
  }
  const { parseCertificates } = await import("../pem/certificates.js");
  return parseCertificates(file)[0];
}
