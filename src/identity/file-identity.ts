import { assembleIdentity } from "./assemble-identity.js";
import type { Identity } from "./identity.js";
import { isBinary, looksLikeDer } from "./pem/blocks.js";
import { readIntermediatesFile } from "./intermediates.js";
import { isSameSource, isTpmHandle } from "./material-source.js";
import { parseCertificates, parseIntermediates } from "./pem/certificates.js";
import { createPemSigner, hasEncryptedKey } from "./pem/key.js";
import { readIdentityFile } from "./read-file.js";
import { closingOnFailure } from "./signer.js";
import type { IdentityContext, NamedIdentitySource } from "./source.js";

/**
 * Loads certificate, key and chain from files, read together. The certificate file may hold the key and the whole
 * chain; `--intermediates` adds to it. A PKCS#12 file replaces all three.
 *
 * @throws IdentityError
 */
export async function loadFileIdentity(source: NamedIdentitySource, context: IdentityContext): Promise<Identity> {
  const { certificate, privateKey } = source;
  const read = await readIdentityFile(certificate, "certificate", context);
  const certificateFile = isBinary(read.bytes) ? (await import("./pem/binary.js")).withBinary(read) : read;
  const ownKey = privateKey === undefined || isSameSource(privateKey.value, certificate.value);
  if (ownKey && looksLikeDer(certificateFile.bytes)) {
    const { loadPkcs12Identity } = await import("./pkcs12/identity.js");
    const identity = await loadPkcs12Identity(certificateFile, source, context);
    if (identity !== undefined) return identity;
  }
  const keyFile =
    ownKey || isTpmHandle(privateKey) ? certificateFile : await readIdentityFile(privateKey, "private key", context);
  const intermediatesFile = await readIntermediatesFile(source, context);
  const intermediates = intermediatesFile === undefined ? [] : await parseIntermediates(intermediatesFile);
  const certificates = await parseCertificates(certificateFile);
  const signer = isTpmHandle(privateKey)
    ? await (await import("./tpm/key.js")).createTpmHandleSigner(privateKey, source, context)
    : await createPemSigner(keyFile, source, context, privateKey === undefined, certificates);
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
