import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import { repairPem } from "./repair.js";
import type { NamedBytes } from "../read-file.js";

/** Block of a PEM file. */
export interface PemBlock {
  /** The words after BEGIN, such as `CERTIFICATE` or `EC PRIVATE KEY`. */
  readonly label: string;
  /** Whole block with its BEGIN and END lines, on separate lines. */
  readonly text: string;
}

/**
 * Returns every block in order. Ignores text around the blocks, a byte order mark and Windows line ends.
 *
 * @see RFC 7468
 */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9][A-Z0-9 ]*)-----[\s\S]*?-----END \1-----/g);
  return [...blocks].map(([block, label = ""]) => ({ label, text: `${block.replaceAll(/\r\n?/g, "\n")}\n` }));
}

/** Decodes the bytes of the block; skips anything but base64. */
export function derOf({ text }: PemBlock): Buffer {
  return Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
}

export function isPrivateKeyLabel(label: string): boolean {
  return label.endsWith("PRIVATE KEY");
}

/** Tells whether reading the block takes a password. */
export function isEncrypted(block: PemBlock): boolean {
  return block.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED$/m.test(block.text);
}

/** Tells whether the bytes are a DER SEQUENCE, like a PKCS#12 file or a binary certificate. */
export function looksLikeDer(bytes: Uint8Array): boolean {
  const [tag, length = 0] = bytes;
  return tag === 0x30 && bytes.length > 16 && (length >= 0x80 || bytes.length === length + 2);
}

/** Tells whether the bytes may be DER, or base64 of it without PEM lines: `M` encodes the start of a SEQUENCE. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d || looksLikeDer(bytes);
}

/** Returns repaired PEM text. Refuses UTF-16 and UTF-32, which some programs on Windows write, by name. */
export function pemTextOf(file: NamedBytes, noun: "certificate" | "private key"): string {
  const [first, second, third, fourth] = file.bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new IdentityError(
      noun === "certificate" ? "ERR_CERTIFICATE" : "ERR_KEY",
      message`${file.name} is UTF-${third === 0 && fourth === 0 ? 32 : 16} text, expected ASCII or UTF-8`,
      {
        hints: ["save it again as UTF-8"],
      },
    );
  }
  return repairPem(file.bytes.toString("utf8"));
}
