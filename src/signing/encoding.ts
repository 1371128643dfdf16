const unreserved = /[A-Za-z0-9\-._~]/;

const encodedOctets: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  return unreserved.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
});

const slash = 0x2f;

/** Percent-encodes every byte of the text's UTF-8 form that is not unreserved in RFC 3986. */
export function encodeText(text: string): string {
  return encodeOctets(Buffer.from(text, "utf8"));
}

/** Does the same for bytes that need not be UTF-8. */
export function encodeOctets(octets: Uint8Array): string {
  let encoded = "";
  for (const octet of octets) encoded += encodedOctets[octet];
  return encoded;
}

/**
 * Converts an encoded component to its canonical form: escapes of unreserved bytes are decoded, other escapes get
 * upper-case digits, and everything else is encoded once. A `%` without hex digits is a literal. Works on bytes,
 * because decoding to strings would lose those that are not UTF-8.
 *
 * @param keepEscapedSlash Whether `%2F` remains different from `/`, as in a path.
 */
export function canonicalComponent(wire: string, keepEscapedSlash = false): string {
  const octets = Buffer.from(wire, "utf8");
  let canonical = "";
  for (let index = 0; index < octets.length; index++) {
    const octet = octets[index] as number;
    const escaped = octet === 0x25 ? decodeEscape(octets, index) : undefined;
    if (escaped !== undefined) {
      canonical += encodedOctets[escaped];
      index += 2;
    } else {
      canonical += keepEscapedSlash && octet === slash ? "/" : encodedOctets[octet];
    }
  }
  return canonical;
}

function decodeEscape(octets: Uint8Array, at: number): number | undefined {
  const digits = String.fromCharCode(octets[at + 1] ?? 0, octets[at + 2] ?? 0);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
