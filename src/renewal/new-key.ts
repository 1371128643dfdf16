import { generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { PemBlock } from "../identity/pem/blocks.js";

const generate = promisify(generateKeyPair);

/** Generates a key of the same kind and size. */
export async function createKeyLike({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): Promise<KeyObject> {
  const { namedCurve = "prime256v1", modulusLength = 2048 } = asymmetricKeyDetails;
  const { privateKey } =
    asymmetricKeyType === "ec" ? await generate("ec", { namedCurve }) : await generate("rsa", { modulusLength });
  return privateKey;
}

/**
 * Formats a key as PEM, in the form of the block that it replaces.
 *
 * @param password Encrypts the key, as PKCS#8.
 */
export function formatKeyLike(key: KeyObject, { label }: PemBlock, password: string | undefined): string {
  if (password !== undefined) {
    const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password } as const;
    return key.export(encrypted).toString();
  }
  const type = label === "EC PRIVATE KEY" ? "sec1" : label === "RSA PRIVATE KEY" ? "pkcs1" : "pkcs8";
  return key.export({ type, format: "pem" }).toString();
}
