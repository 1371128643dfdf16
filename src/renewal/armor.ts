/** Encodes DER as PEM, in lines of 64 characters. */
export function armor(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${base64Lines(der, "\n")}\n-----END ${label}-----\n`;
}

/** Encodes base64 in lines of 64 characters. */
export function base64Lines(bytes: Uint8Array, lineEnd: "\n" | "\r\n"): string {
  return Buffer.from(bytes)
    .toString("base64")
    .replaceAll(/.{64}(?!$)/g, `$&${lineEnd}`);
}
