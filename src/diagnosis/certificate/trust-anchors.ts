import type { Certificate } from "../../identity/certificate/parsed.js";
import type { MaterialSource } from "../../identity/material-source.js";
import { parseCertificates } from "../../identity/pem/certificates.js";
import { readIdentityFile } from "../../identity/read-file.js";
import type { IdentityContext } from "../../identity/source.js";
import type { Sourced } from "../../origin.js";

/**
 * Reads the certificates of a trust anchor from a PEM file.
 *
 * @returns An empty list if no file is given.
 * @throws IdentityError
 */
export async function readTrustAnchors(
  bundle: Sourced<MaterialSource> | undefined,
  context: IdentityContext,
): Promise<readonly Certificate[]> {
  if (bundle === undefined) return [];
  return parseCertificates(await readIdentityFile(bundle, "certificate", context));
}
