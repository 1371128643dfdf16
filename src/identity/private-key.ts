import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { IdentityError } from "../errors.js";
import type { X509Algorithm } from "../signing/algorithm.js";
import type { PemBlock } from "./pem.js";

const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** Whether reading the block takes a password. */
export function isEncrypted(block: PemBlock): boolean {
  return block.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED$/m.test(block.text);
}

/**
 * Reads a PKCS#1, SEC1 or PKCS#8 key. The underlying error is dropped on purpose: it may quote the input.
 *
 * @param name How messages name the source.
 * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export function parsePrivateKey(block: PemBlock, password: string | undefined, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(password === undefined ? block.text : { key: block.text, passphrase: password });
  } catch (error) {
    throw unreadable(block, (error as NodeJS.ErrnoException).code ?? "", name, password !== undefined);
  }
  refuseUnsupported(key, name);
  return key;
}

/** The request signing algorithm of a key that `parsePrivateKey` let through. */
export function algorithmOf(key: KeyObject): X509Algorithm {
  return key.asymmetricKeyType === "ec" ? "AWS4-X509-ECDSA-SHA256" : "AWS4-X509-RSA-SHA256";
}

/** SHA-256 for every key; RSASSA-PKCS1-v1_5, or ECDSA as ASN.1 DER. */
export async function signWithKey(key: KeyObject, message: Uint8Array): Promise<Uint8Array> {
  return sign("sha256", message, key);
}

function refuseUnsupported(key: KeyObject, name: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return;
  if (type === "ec" && Object.hasOwn(curves, details?.namedCurve ?? "")) return;
  const found =
    type === "ec" ? `an EC key on curve ${details?.namedCurve ?? "unknown"}` : `a key of type ${type ?? "unknown"}`;
  throw new IdentityError("ERR_KEY", `private key ${name} is ${found}, expected RSA, or EC on P-256, P-384 or P-521`, {
    hints: ["IAM Roles Anywhere takes RSA, EC and ML-DSA certificates: have one issued for such a key"],
  });
}

function unreadable(block: PemBlock, code: string, name: string, withPassword: boolean): IdentityError {
  if (withPassword && isEncrypted(block) && /BAD_DECRYPT|PASSWORD|PKCS12|CIPHER_OPERATION|BAD_PASSWORD/.test(code)) {
    return new IdentityError("ERR_PASSWORD", `wrong password for private key ${name}`, {
      hints: ["check the password's source for a line end or a space too many"],
    });
  }
  if (code === "ERR_OSSL_EVP_UNSUPPORTED" || code === "ERR_OSSL_UNSUPPORTED") {
    return new IdentityError(
      "ERR_KEY",
      `private key ${name} is of a type or under a cipher that this runtime cannot read`,
      {
        hints: ['convert it with "openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW"'],
      },
    );
  }
  if (withPassword && isEncrypted(block)) {
    return new IdentityError(
      "ERR_PASSWORD",
      `private key ${name} does not open: the password is wrong or the file is damaged`,
      {
        hints: ['try it by hand with "openssl pkey -in KEY -noout"'],
      },
    );
  }
  return new IdentityError("ERR_KEY", `private key ${name} is damaged: its ${block.label} block does not decode`, {
    hints: ['check it with "openssl pkey -in KEY -noout -check", and for lost line breaks'],
  });
}
