import forge from "node-forge/lib/forge.js";
// oxlint-disable-next-line import/no-unassigned-import -- it registers itself with forge
import "node-forge/lib/rc2.js";

/**
 * Decrypts RC2 in CBC mode with PKCS#5 padding, for old PKCS#12 files: OpenSSL 3 no longer offers it to Node.js.
 *
 * @param effectiveBits 40 or 128
 * @returns `undefined` if the padding shows that the key is wrong.
 */
export function decryptRc2(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  effectiveBits: number,
): Uint8Array | undefined {
  const decipher = forge.rc2.createDecryptionCipher(binary(key), effectiveBits);
  decipher.start(binary(iv));
  decipher.update(forge.util.createBuffer(binary(ciphertext)));
  if (!decipher.finish()) return undefined;
  return Buffer.from(decipher.output.getBytes(), "latin1");
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
