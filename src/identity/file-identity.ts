import type { Sourced } from "../origin.js";
import { assembleIdentity } from "./assemble-identity.js";
import type { Identity } from "./identity.js";
import { looksLikeDer } from "./pem.js";
import { parseCertificates, parseIntermediates } from "./pem-certificates.js";
import { createPemSigner } from "./pem-key.js";
import { readIdentityFile, type NamedBytes } from "./read-file.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";
import type { Certificate } from "./certificate.js";

/** Settings of an identity whose certificate is a file, or a value in its place. */
export interface FileSource extends IdentitySource {
  readonly certificate: Sourced<string>;
}

/**
 * Certificate, key and chain from files, read together. The certificate file may hold the key and the whole chain;
 * `--intermediates` adds to it. A PKCS#12 file stands for all three.
 *
 * @throws IdentityError
 */
export async function loadFileIdentity(source: FileSource, context: IdentityContext): Promise<Identity> {
  const { certificate, privateKey } = source;
  const certificateFile = await readIdentityFile(certificate, "certificate", context);
  const ownKey = privateKey === undefined || privateKey.value === certificate.value;
  if (ownKey && looksLikeDer(certificateFile.bytes)) {
    const { loadPkcs12Identity } = await import("./pkcs12-identity.js");
    const identity = await loadPkcs12Identity(certificateFile, source, context);
    if (identity !== undefined) return identity;
  }
  const keyFile =
    ownKey || isTpmHandle(privateKey) ? certificateFile : await readIdentityFile(privateKey, "private key", context);
  const intermediates = await readIntermediates(source, context);
  const certificates = parseCertificates(certificateFile);
  const signer = isTpmHandle(privateKey)
    ? await (await import("./tpm-key.js")).createTpmHandleSigner(privateKey, source, context)
    : await createPemSigner(keyFile, source, context, privateKey === undefined);
  const keyName = isTpmHandle(privateKey) ? privateKey.value : keyFile.name;
  return closingOnFailure(signer, () =>
    assembleIdentity({ signer, certificates, intermediates, certificateName: certificateFile.name, keyName }, context),
  );
}

/** Whether the setting names a key that a TPM holds. */
export function isTpmHandle(setting: Sourced<string> | undefined): setting is Sourced<string> {
  return setting?.value.startsWith("handle:") === true;
}

/**
 * The certificates of `--intermediates`; none when it is not given.
 *
 * @throws IdentityError `ERR_CHAIN`, `ERR_CERTIFICATE`
 */
export async function readIntermediates(
  { intermediates }: IdentitySource,
  context: IdentityContext,
): Promise<readonly Certificate[]> {
  if (intermediates === undefined) return [];
  const file: NamedBytes = await readIdentityFile(intermediates, "certificate", context);
  return parseIntermediates(file);
}

/** Frees the device when what follows the loading of its key fails. */
export async function closingOnFailure<T>(signer: Signer, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await signer.close?.();
    throw error;
  }
}
