import type { Certificate } from "../../identity/certificate/parsed.js";
import { looksLikeDer } from "../../identity/pem/blocks.js";
import { withBinary } from "../../identity/pem/binary.js";
import { parseCertificates } from "../../identity/pem/certificates.js";
import { readIdentityFile } from "../../identity/read-file.js";
import type { IdentityContext, IdentitySource } from "../../identity/source.js";
import { namesFile } from "../file-steps.js";

/**
 * The certificates of the PEM file that the settings name.
 *
 * @returns undefined for every other source, which is read only together with its key.
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
