import type { Sourced } from "../../origin.js";
import type { MaterialSource } from "../material-source.js";
import { looksLikeDer } from "../pem/blocks.js";
import { parseCertificates } from "../pem/certificates.js";
import { withBinary } from "../pem/binary.js";
import { readIdentityFile } from "../read-file.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import type { Certificate } from "./parsed.js";

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
  const file = withBinary(await readIdentityFile(certificate, "certificate", context));
  if (looksLikeDer(file.bytes)) {
    const { loadPkcs12Identity } = await import("../pkcs12/identity.js");
    const found = await loadPkcs12Identity(file, identity, context);
    if (found !== undefined) return found.leaf;
  }
  return (await parseCertificates(file))[0];
}
