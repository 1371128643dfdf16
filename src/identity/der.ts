/** One DER element: tag octet, content and the whole encoding. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly encoded: Uint8Array;
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Not well-formed DER; carries no bytes of the input. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/**
 * Reads the element at the start of the bytes. Definite lengths only, one-octet tags only, as X.509 and PKCS use them.
 *
 * @throws DerError
 * @see https://www.itu.int/rec/T-REC-X.690
 */
export function readDer(bytes: Uint8Array): DerElement {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new DerError("element is cut short");
  if ((tag & 0x1f) === 0x1f) throw new DerError("multi-octet tag");
  let length = first;
  let header = 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new DerError("indefinite or oversized length");
    if (bytes.length < 2 + octets) throw new DerError("length is cut short");
    length = bytes.subarray(2, 2 + octets).reduce((sum, octet) => sum * 256 + octet, 0);
    header += octets;
  }
  if (bytes.length < header + length) throw new DerError("content is cut short");
  return { tag, content: bytes.subarray(header, header + length), encoded: bytes.subarray(0, header + length) };
}

/** @throws DerError */
export function readDerChildren(content: Uint8Array): readonly DerElement[] {
  const children: DerElement[] = [];
  for (let rest = content; rest.length > 0;) {
    const child = readDer(rest);
    children.push(child);
    rest = rest.subarray(child.encoded.length);
  }
  return children;
}

/** Dotted form of an OBJECT IDENTIFIER's content. */
export function formatOid(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [joint = 0n, ...others] = arcs;
  const root = joint < 40n ? 0n : joint < 80n ? 1n : 2n;
  return [root, joint - root * 40n, ...others].join(".");
}
