import type { Certificate } from "../../identity/certificate/parsed.js";
import { looksLikeDer } from "../../identity/pem/blocks.js";
import { withBinary } from "../../identity/pem/binary.js";
import { parseCertificates } from "../../identity/pem/certificates.js";
import { readIdentityFile } from "../../identity/read-file.js";
import type { IdentityContext, IdentitySource } from "../../identity/source.js";
import { namesFile } from "../file-steps.js";

/**
 * Reads the certificates in the certificate file of the settings.
 *
 * @returns undefined for other sources and PKCS#12 files, which are read only together with their key.
 * @throws IdentityError
 */
export async function readCertificateFile(
  { certificate, privateKey }: IdentitySource,
  context: IdentityContext,
): Promise<readonly [Certificate, ...Certificate[]] | undefined> {
  if (certificate === undefined || !namesFile(certificate)) return undefined;
  const file = withBinary(await readIdentityFile(certificate, "certificate", context));
  return looksLikeDer(file.bytes) && privateKey === undefined ? undefined : parseCertificates(file);
}
