import { type Certificate } from "./certificate/parsed.js";
import { isTpmHandle } from "./material-source.js";
import { parseCertificates } from "./pem/certificates.js";
import { TokenReader } from "./pkcs11/reader.js";
import { readIdentityFile } from "./read-file.js";
import type { IdentityContext, IdentitySource } from "./source.js";
import { refuseUnsuitable } from "./certificate/suitability.js";

/**
 * Reads the certificate of a key on a token or TPM, without logging in or signing. Does not check that the two belong
 * together.
 *
 * @returns undefined if no device holds the key, or if the certificate cannot be read this way
 * @throws UsageError, IdentityError
 */
export async function readDeviceLeaf(
  source: IdentitySource,
  context: IdentityContext,
): Promise<Certificate | undefined> {
  const { certificate } = source;
  if (certificate === undefined || !(await isDeviceKey(source, context))) return undefined;
  const [leaf, ...others] =
    certificate.value.kind === "pkcs11"
      ? listTokenCertificates(source, context)
      : (await parseCertificates(await readIdentityFile(certificate, "certificate", context))).slice(0, 1);
  if (leaf === undefined || others.length > 0) return undefined;
  refuseUnsuitable(leaf, "", context.now());
  return leaf;
}

async function isDeviceKey({ certificate, privateKey }: IdentitySource, context: IdentityContext): Promise<boolean> {
  const key = privateKey ?? certificate;
  if (key === undefined) return false;
  if (key.value.kind === "pkcs11" || isTpmHandle(key)) return true;
  const { bytes } = await readIdentityFile(key, "private key", context);
  return bytes.includes("-----BEGIN TSS2 PRIVATE KEY-----");
}

function listTokenCertificates(source: IdentitySource, context: IdentityContext): readonly Certificate[] {
  const reader = new TokenReader(source, context);
  try {
    const found = reader.listCertificates(reader.uris.certificate ?? {}).map(({ certificate }) => certificate);
    return found.length > 1 ? found.filter(({ x509 }) => !x509.ca) : found;
  } finally {
    reader.close();
  }
}
