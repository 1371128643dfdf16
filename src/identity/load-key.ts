import type { Sourced } from "../origin.js";
import { isTpmHandle, type MaterialSource } from "./material-source.js";
import { createPemSigner } from "./pem/key.js";
import { readIdentityFile } from "./read-file.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";

/**
 * Creates a signer for a private key in a TPM or in a separate file.
 *
 * @throws UsageError, IdentityError
 */
export async function loadKey(
  privateKey: Sourced<MaterialSource>,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  if (isTpmHandle(privateKey)) return (await import("./tpm/key.js")).createTpmHandleSigner(privateKey, source, context);
  return createPemSigner(await readIdentityFile(privateKey, "private key", context), source, context, false);
}
