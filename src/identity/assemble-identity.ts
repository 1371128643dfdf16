import { verify } from "node:crypto";
import { IdentityError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { type Certificate, nameOf } from "./certificate/parsed.js";
import { orderChain } from "./certificate/chain.js";
import type { Identity } from "./identity.js";
import { hasPublicKey } from "./certificate/public-key.js";
import { digests, type Signer } from "./signer.js";
import type { IdentityContext } from "./source.js";

/** Key and the certificates that may belong to it. */
export interface IdentityParts {
  readonly signer: Signer;
  /** Usually the leaf first. The one with this key is the leaf; the others are candidates for the chain. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly intermediates: readonly Certificate[];
  /** Names of the two in messages. */
  readonly certificateName: Text;
  readonly keyName: Text;
}

/**
 * Combines key, certificate and chain.
 *
 * @throws IdentityError `ERR_KEY_MISMATCH`
 */
export function assembleIdentity(parts: IdentityParts, context: IdentityContext): Identity {
  const { signer, certificates, intermediates } = parts;
  const { publicKey } = signer;
  const leaf = publicKey === undefined ? certificates[0] : certificates.find((one) => hasPublicKey(one, publicKey));
  if (leaf === undefined) throw mismatch(parts);
  const { chain, leftOut } = orderChain(leaf, [...certificates, ...intermediates], context.now());
  for (const { certificate, reason } of leftOut) {
    if (reason !== "leaf") context.debug(`chain: left out ${nameOf(certificate)} (${reason})`);
  }
  const sign = publicKey === undefined ? verifying(leaf, parts) : signer.sign;
  return {
    leaf,
    chain,
    leftOut,
    algorithm: signer.algorithm,
    sign,
    ...(signer.exportSecret === undefined ? {} : { keyMaterial: { secret: signer.exportSecret(), files: undefined } }),
    ...(signer.close === undefined ? {} : { close: signer.close }),
  };
}

/** Checks each signature with the certificate's key, for a device that does not return its public key. */
function verifying({ x509 }: Certificate, parts: IdentityParts): Signer["sign"] {
  return async (message, options = {}) => {
    const signature = await parts.signer.sign(message, options);
    if (!verify(digests[options.digest ?? "SHA256"], message, x509.publicKey, signature)) throw mismatch(parts);
    return signature;
  };
}

function mismatch({ certificateName, keyName }: IdentityParts): IdentityError {
  const inOne = certificateName === keyName;
  const what = inOne
    ? message`private key and certificate in ${keyName} do not belong together`
    : message`private key ${keyName} does not belong to certificate ${certificateName}`;
  return new IdentityError("ERR_KEY_MISMATCH", what, {
    hints: [
      'compare "openssl pkey -in KEY -pubout" with "openssl x509 -in CERTIFICATE -noout -pubkey"',
      "if they were just renewed, make sure both files were replaced",
    ],
  });
}
