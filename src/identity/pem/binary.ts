import type { NamedBytes } from "../read-file.js";
import { looksLikeDer } from "./blocks.js";

/** Decodes the file if it is base64 of a binary file. */
export function withBinary(file: NamedBytes): NamedBytes {
  const bytes = binaryIn(file.bytes);
  return bytes === undefined ? file : { ...file, bytes };
}

/** Decodes DER from text that is nothing but base64, as Azure Key Vault exports PKCS#12. */
export function binaryIn(bytes: Buffer): Buffer | undefined {
  // The first two characters of a base64 SEQUENCE.
  if (bytes[0] !== 0x4d || (bytes[1] !== 0x49 && bytes[1] !== 0x48)) return undefined;
  const text = bytes.toString("latin1").replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const decoded = Buffer.from(text, "base64");
  return looksLikeDer(decoded) ? decoded : undefined;
}

/** Tells whether the bytes are DER of SignedData (RFC 5652, section 5). */
export function isPkcs7(bytes: Buffer): boolean {
  return looksLikeDer(bytes) && bytes.subarray(0, 20).includes(Buffer.from("06092a864886f70d010702", "hex"));
}
