import type { Certificate } from "../../identity/certificate/parsed.js";
import { looksLikeDer } from "../../identity/pem/blocks.js";
import { parseCertificates, parseIntermediates } from "../../identity/pem/certificates.js";
import { readIdentityFile } from "../../identity/read-file.js";
import type { IdentityContext, IdentitySource } from "../../identity/source.js";
import { namesFile } from "../file-steps.js";

/** What PEM files offer, before anything is picked or ordered. */
export interface OfferedCertificates {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly intermediates: readonly Certificate[];
}

/**
 * The certificates of the PEM file that the settings name as certificate.
 *
 * @returns undefined for every other source, which is read only together with its key.
 * @throws IdentityError
 */
export async function readCertificateFile(
  { certificate, privateKey }: IdentitySource,
  context: IdentityContext,
): Promise<OfferedCertificates["certificates"] | undefined> {
  if (certificate === undefined || !namesFile(certificate)) return undefined;
  const file = await readIdentityFile(certificate, "certificate", context);
  return looksLikeDer(file.bytes) && privateKey === undefined ? undefined : parseCertificates(file);
}

/** The same, with those of `--intermediates`. @throws IdentityError */
export async function readOfferedCertificates(
  source: IdentitySource,
  context: IdentityContext,
): Promise<OfferedCertificates | undefined> {
  const certificates = await readCertificateFile(source, context);
  if (certificates === undefined) return undefined;
  const { intermediates } = source;
  if (intermediates === undefined || !namesFile(intermediates)) return { certificates, intermediates: [] };
  return {
    certificates,
    intermediates: parseIntermediates(await readIdentityFile(intermediates, "certificate", context)),
  };
}
