import { assembleIdentity } from "../assemble-identity.js";
import { selectEntry } from "./matching.js";
import { openCertificateStore } from "./open.js";
import { readCertSelector } from "./read-selector.js";
import type { Identity } from "../identity.js";
import { closingOnFailure } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/**
 * Loads the identity that a selector picks from a certificate store.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_NOT_AVAILABLE`; IdentityError
 */
export async function loadStoredIdentity(source: IdentitySource, context: IdentityContext): Promise<Identity> {
  const selector = readCertSelector(source, context);
  const store = await openCertificateStore(source, context);
  const entry = selectEntry(await store.list(), selector, source.useLatestExpiringCertificate.value, store.name);
  const signer = await entry.open();
  const parts = {
    signer,
    certificates: [entry.certificate] as const,
    intermediates: entry.others,
    certificateName: `in ${store.name}`,
    keyName: `in ${store.name}`,
  };
  return closingOnFailure(signer, () => assembleIdentity(parts, context));
}
