import type { Certificate } from "./certificate/parsed.js";
import { parseIntermediates } from "./pem/certificates.js";
import { type NamedBytes, readIdentityFile } from "./read-file.js";
import type { IdentityContext, IdentitySource } from "./source.js";

/**
 * Reads the certificates of `--intermediates`; none if it is not given.
 *
 * @throws IdentityError `ERR_CHAIN`, `ERR_CERTIFICATE`
 */
export async function readIntermediates(
  source: IdentitySource,
  context: IdentityContext,
): Promise<readonly Certificate[]> {
  const file = await readIntermediatesFile(source, context);
  return file === undefined ? [] : parseIntermediates(file);
}

export async function readIntermediatesFile(
  { intermediates }: IdentitySource,
  context: IdentityContext,
): Promise<NamedBytes | undefined> {
  return intermediates === undefined ? undefined : readIdentityFile(intermediates, "certificate", context);
}
