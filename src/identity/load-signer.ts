import { describeOrigin } from "../origin.js";
import { loadUncheckedIdentity } from "./load-identity.js";
import { loadKey } from "./load-key.js";
import { publicKeyOf } from "./certificate/public-key.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";

/**
 * Creates a signer for diagnosis: for the private key if no certificate is named, else for the identity, even if the
 * service would refuse its certificate.
 *
 * @throws UsageError, IdentityError
 */
export async function loadSigner(source: IdentitySource, context: IdentityContext): Promise<Signer> {
  const { certificate, privateKey } = source;
  if (certificate !== undefined || privateKey === undefined) {
    const { algorithm, leaf, sign, close } = await loadUncheckedIdentity(source, context);
    return { algorithm, publicKey: publicKeyOf(leaf), sign, ...(close === undefined ? {} : { close }) };
  }
  if (privateKey.value.kind !== "pkcs11") return loadKey(privateKey, source, context);
  const { TokenReader } = await import("./pkcs11/reader.js");
  const reader = new TokenReader(source, context);
  try {
    return await reader.findKey([reader.uris.privateKey ?? {}], [], describeOrigin(privateKey.origin));
  } finally {
    reader.close();
  }
}
