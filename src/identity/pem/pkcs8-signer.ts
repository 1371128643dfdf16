import { createPrivateKey, type KeyObject } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { oidOf, tags } from "../asn1/der.js";
import { ecKeyOid, refusalOfCurve } from "../asn1/ec-curve.js";
import { mldsaSetOf } from "../mldsa/key.js";
import { parsePrivateKeyInfo, withoutCause } from "./pkcs8.js";
import { type Signer, signerFromKey } from "../signer.js";

/**
 * Creates a signer for a PKCS#8 key of any kind that IAM Roles Anywhere accepts.
 *
 * @param der Unencrypted `PrivateKeyInfo`
 * @param subject Names the key in errors, such as `private key "client.key"`.
 * @throws IdentityError `ERR_KEY`; it never carries key material
 */
export async function createPkcs8Signer(der: Uint8Array, subject: Text): Promise<Signer> {
  const { algorithm, curve } = withoutCause(subject, () => readKind(der));
  if (mldsaSetOf(algorithm) !== undefined)
    return (await import("../mldsa/signature.js")).createMldsaSigner(der, subject);
  const refusal = curve === undefined ? undefined : refusalOfCurve(curve, subject);
  if (refusal !== undefined) throw refusal;
  return signerFromKey(nativeKey(der, subject), subject);
}

/** Reads the key's algorithm and, for a named curve, the curve. */
function readKind(der: Uint8Array): { readonly algorithm: string; readonly curve: string | undefined } {
  const { algorithm, parameters } = parsePrivateKeyInfo(der);
  const named = algorithm === ecKeyOid && parameters?.tag === tags.oid;
  return { algorithm, curve: named ? oidOf(parameters, "curve") : undefined };
}

function nativeKey(der: Uint8Array, subject: Text): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    // oxlint-disable-next-line preserve-caught-error -- the cause could carry key material
    throw new IdentityError(
      "ERR_KEY",
      message`${subject} cannot be read: its content is damaged or of an unknown kind`,
      {
        hints: ["check that the file is complete, or export it again"],
      },
    );
  }
}
