import { describeOrigin } from "../origin.js";
import { isTpmHandle } from "./file-identity.js";
import { loadUncheckedIdentity } from "./load-identity.js";
import { createPemSigner } from "./pem/key.js";
import { publicKeyOf } from "./certificate/public-key.js";
import { readIdentityFile } from "./read-file.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";

/**
 * A signer for diagnosis: over a private key alone when no certificate is named, else over an identity, whose certificate
 * may be one that the service refuses.
 *
 * @throws UsageError, IdentityError
 */
export async function loadSigner(source: IdentitySource, context: IdentityContext): Promise<Signer> {
  const { certificate, privateKey } = source;
  if (certificate !== undefined || privateKey === undefined) {
    const { algorithm, leaf, sign, close } = await loadUncheckedIdentity(source, context);
    return { algorithm, publicKey: publicKeyOf(leaf), sign, ...(close === undefined ? {} : { close }) };
  }
  if (privateKey.value.kind === "pkcs11") {
    const { TokenReader } = await import("./pkcs11/reader.js");
    const reader = new TokenReader(source, context);
    try {
      return await reader.findKey([reader.uris.privateKey ?? {}], [], describeOrigin(privateKey.origin));
    } finally {
      reader.close();
    }
  }
  if (isTpmHandle(privateKey)) {
    const { createTpmHandleSigner } = await import("./tpm/key.js");
    return createTpmHandleSigner(privateKey, source, context);
  }
  return createPemSigner(await readIdentityFile(privateKey, "private key", context), source, context, false);
}
