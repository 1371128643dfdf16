import type { Sourced } from "../origin.js";
import { assembleIdentity } from "./assemble-identity.js";
import type { Identity } from "./identity.js";
import { looksLikeDer } from "./pem/blocks.js";
import { isSameSource, type MaterialSource, type TpmSource } from "./material-source.js";
import { parseCertificates, parseIntermediates } from "./pem/certificates.js";
import { createPemSigner, hasEncryptedKey } from "./pem/key.js";
import { readIdentityFile, type NamedBytes } from "./read-file.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";
import type { Certificate } from "./certificate/parsed.js";

/** Settings of an identity whose certificate is a file, or a value in its place. */
export interface FileIdentitySource extends IdentitySource {
  readonly certificate: Sourced<MaterialSource>;
}

/**
 * Certificate, key and chain from files, read together. The certificate file may hold the key and the whole chain;
 * `--intermediates` adds to it. A PKCS#12 file stands for all three.
 *
 * @throws IdentityError
 */
export async function loadFileIdentity(source: FileIdentitySource, context: IdentityContext): Promise<Identity> {
  const { certificate, privateKey } = source;
  const certificateFile = await readIdentityFile(certificate, "certificate", context);
  const ownKey = privateKey === undefined || isSameSource(privateKey.value, certificate.value);
  if (ownKey && looksLikeDer(certificateFile.bytes)) {
    const { loadPkcs12Identity } = await import("./pkcs12/identity.js");
    const identity = await loadPkcs12Identity(certificateFile, source, context);
    if (identity !== undefined) return identity;
  }
  const keyFile =
    ownKey || isTpmHandle(privateKey) ? certificateFile : await readIdentityFile(privateKey, "private key", context);
  const intermediatesFile = await readIntermediatesFile(source, context);
  const intermediates = intermediatesFile === undefined ? [] : parseIntermediates(intermediatesFile);
  const certificates = parseCertificates(certificateFile);
  const signer = isTpmHandle(privateKey)
    ? await (await import("./tpm/key.js")).createTpmHandleSigner(privateKey, source, context)
    : await createPemSigner(keyFile, source, context, privateKey === undefined);
  const keyName = isTpmHandle(privateKey) ? privateKey.value.label : keyFile.name;
  const identity = await closingOnFailure(signer, () =>
    assembleIdentity({ signer, certificates, intermediates, certificateName: certificateFile.name, keyName }, context),
  );
  if (identity.keyMaterial === undefined || hasEncryptedKey(keyFile)) return identity;
  const paths = [keyFile, certificateFile, ...(intermediatesFile === undefined ? [] : [intermediatesFile])].map(
    ({ path }) => path,
  );
  const files = paths.every((path) => path !== undefined) ? paths : undefined;
  return { ...identity, keyMaterial: { secret: keyFile.bytes, files } };
}

/** Whether the setting names a key that a TPM holds. */
export function isTpmHandle(setting: Sourced<MaterialSource> | undefined): setting is Sourced<TpmSource> {
  return setting?.value.kind === "tpm";
}

/**
 * The certificates of `--intermediates`; none when it is not given.
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

async function readIntermediatesFile(
  { intermediates }: IdentitySource,
  context: IdentityContext,
): Promise<NamedBytes | undefined> {
  return intermediates === undefined ? undefined : readIdentityFile(intermediates, "certificate", context);
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
