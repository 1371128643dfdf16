import { createPrivateKey, type KeyObject } from "node:crypto";
import { IdentityError } from "../errors.js";
import { mldsaSetOf } from "./mldsa-key.js";
import { parsePrivateKeyInfo, withoutCause } from "./pkcs8.js";
import { type Signer, signerFromKey } from "./signer.js";

/**
 * A signer over a PKCS#8 key of any kind that IAM Roles Anywhere takes.
 *
 * @param der Unencrypted `PrivateKeyInfo`
 * @param subject How an error names the key, such as `private key "client.key"`.
 * @throws IdentityError `ERR_KEY`; it never carries key material
 */
export async function createPkcs8Signer(der: Uint8Array, subject: string): Promise<Signer> {
  const { algorithm } = withoutCause(subject, () => parsePrivateKeyInfo(der));
  if (mldsaSetOf(algorithm) !== undefined) return (await import("./mldsa.js")).createMldsaSigner(der, subject);
  return signerFromKey(nativeKey(der, subject), subject);
}

function nativeKey(der: Uint8Array, subject: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    // oxlint-disable-next-line preserve-caught-error -- the cause could carry key material
    throw new IdentityError("ERR_KEY", `${subject} cannot be read: its content is damaged or of an unknown kind`, {
      hints: ["check that the file is complete, or export it again"],
    });
  }
}
