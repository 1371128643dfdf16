import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Text } from "../message.js";
import { isEncrypted, type PemBlock } from "./pem/blocks.js";

/**
 * Reads a PKCS#1, SEC1 or PKCS#8 key. Drops the underlying error on purpose: it may quote the input.
 *
 * @returns `unknown` for a PKCS#8 key that this runtime cannot read or cannot sign with as AWS expects (usually
 *   ML-DSA), and for a SEC1 key that BoringSSL cannot read.
 *
 * @param name Names the source in messages.
 * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function parsePrivateKey(
  block: PemBlock,
  password: string | undefined,
  name: Text,
): Promise<KeyObject | "unknown"> {
  let key: KeyObject;
  try {
    key = createPrivateKey(password === undefined ? block.text : { key: block.text, passphrase: password });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (isBeyondRuntime(code, block)) return "unknown";
    // oxlint-disable-next-line preserve-caught-error -- the cause could quote the key
    throw (await import("./pem/unreadable-key.js")).unreadable(block, code, name, password !== undefined);
  }
  return key.asymmetricKeyType?.startsWith("ml-dsa") === true ? "unknown" : key;
}

/** BoringSSL, in standalone executables, reads fewer keys than OpenSSL and has many codes for unreadable ones. */
function isBeyondRuntime(code: string, block: PemBlock): boolean {
  const pkcs8 = /^(?:ENCRYPTED )?PRIVATE KEY$/.test(block.label);
  if (process.versions["bun"] === undefined) return pkcs8 && /^ERR_OSSL_(?:EVP_)?UNSUPPORTED/.test(code);
  return (pkcs8 || (block.label === "EC PRIVATE KEY" && !isEncrypted(block))) && !/BAD_DECRYPT|_PEM_/.test(code);
}
