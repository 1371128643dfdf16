import type { Certificate } from "../identity/certificate.js";
import { looksLikeDer } from "../identity/pem.js";
import { parseCertificates, parseIntermediates } from "../identity/pem-certificates.js";
import { readIdentityFile } from "../identity/read-file.js";
import type { IdentityContext, IdentitySource } from "../identity/source.js";
import { namesFile } from "./file-steps.js";

/** What PEM files offer, before anything is picked or ordered. */
export interface OfferedCertificates {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly intermediates: readonly Certificate[];
}

/**
 * The certificates of the PEM files that the settings name.
 *
 * @returns undefined for every other source, which is read only together with its key.
 * @throws IdentityError
 */
export async function readOfferedCertificates(
  source: IdentitySource,
  context: IdentityContext,
): Promise<OfferedCertificates | undefined> {
  const { certificate, intermediates } = source;
  if (certificate === undefined || !namesFile(certificate.value)) return undefined;
  const file = await readIdentityFile(certificate, "certificate", context);
  if (looksLikeDer(file.bytes) && source.privateKey === undefined) return undefined;
  return {
    certificates: parseCertificates(file),
    intermediates:
      intermediates === undefined || !namesFile(intermediates.value)
        ? []
        : parseIntermediates(await readIdentityFile(intermediates, "certificate", context)),
  };
}
