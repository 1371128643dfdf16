/**
 * Reads and writes the ASN.1 of keys and certificates: DER, and the BER of some PKCS#12 files (indefinite lengths,
 * octet strings in pieces). Errors carry a position, never content.
 */

/** Thrown when bytes are not ASN.1, or not the expected ASN.1. */
export class Asn1Error extends Error {
  constructor(what: string) {
    super(what);
    this.name = "Asn1Error";
  }
}

export interface Element {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** Identifier, length and content, unchanged. */
  readonly raw: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context1: 0xa1,
  context2: 0xa2,
  context3: 0xa3,
} as const;

const maxDepth = 32;
/** Bytes. Active Directory writes object identifiers of 37 under 1.3.6.1.4.1.311.21.8; a much longer one is damaged. */
const maxOidLength = 256;
const indefinite = 0x80;
const constructedBit = 0x20;

/**
 * Reads exactly one element that fills the bytes.
 *
 * @throws Asn1Error
 */
export function parseElement(bytes: Uint8Array): Element {
  const { element, next } = readElement(bytes, 0, 0);
  if (next !== bytes.length) throw new Asn1Error(`${bytes.length - next} bytes after the end of the element`);
  return element;
}

/** Reads the elements inside a constructed element, in order. */
export function elementsOf(element: Element): readonly Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < element.content.length;) {
    const { element: child, next } = readElement(element.content, offset, 0);
    elements.push(child);
    offset = next;
  }
  return elements;
}

function readElement(bytes: Uint8Array, start: number, depth: number): { element: Element; next: number } {
  if (depth > maxDepth) throw new Asn1Error(`nested deeper than ${maxDepth} levels`);
  const tag = byteAt(bytes, start);
  if ((tag & 0x1f) === 0x1f) throw new Asn1Error(`tag number above 30 at offset ${start}`);
  const first = byteAt(bytes, start + 1);
  if (first === indefinite) return readIndefinite(bytes, start, tag, depth);
  let length = first;
  let contentStart = start + 2;
  if (first > indefinite) {
    const width = first & 0x7f;
    if (width > 4) throw new Asn1Error(`length of ${width} octets at offset ${start + 1}`);
    length = 0;
    for (let index = 0; index < width; index++) length = length * 256 + byteAt(bytes, contentStart + index);
    contentStart += width;
  }
  const next = contentStart + length;
  if (next > bytes.length) throw new Asn1Error(`truncated: ${next - bytes.length} bytes are missing at the end`);
  const element = { tag, content: bytes.subarray(contentStart, next), raw: bytes.subarray(start, next) };
  return { element, next };
}

/** Reads an element of indefinite length (BER): its content ends at two zero octets (X.690 8.1.3.6). */
function readIndefinite(bytes: Uint8Array, start: number, tag: number, depth: number) {
  if ((tag & constructedBit) === 0) throw new Asn1Error(`primitive element of indefinite length at offset ${start}`);
  let offset = start + 2;
  while (byteAt(bytes, offset) !== 0 || byteAt(bytes, offset + 1) !== 0) {
    offset = readElement(bytes, offset, depth + 1).next;
  }
  const next = offset + 2;
  const element = { tag, content: bytes.subarray(start + 2, offset), raw: bytes.subarray(start, next) };
  return { element, next };
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new Asn1Error(`truncated at offset ${offset}`);
  return byte;
}

/** Returns the element if it is present and has the tag. `what` names it in the error. */
export function expectElement(element: Element | undefined, tag: number, what: string): Element {
  if (element === undefined) throw new Asn1Error(`${what} is missing`);
  if (element.tag !== tag)
    throw new Asn1Error(`${what} has tag 0x${element.tag.toString(16)}, expected 0x${tag.toString(16)}`);
  return element;
}

/** Returns the elements of a sequence. */
export function sequenceOf(element: Element | undefined, what: string): readonly Element[] {
  return elementsOf(expectElement(element, tags.sequence, what));
}

/** Returns the octets of an OCTET STRING, in one piece or several. */
export function octetsOf(element: Element | undefined, what: string): Uint8Array {
  if (element?.tag === (tags.octetString | constructedBit)) return joinPieces(element, what);
  return expectElement(element, tags.octetString, what).content;
}

/** Returns the octets of an implicitly tagged OCTET STRING such as `[0] IMPLICIT`, in one piece or several. */
export function implicitOctetsOf(element: Element | undefined, number: number, what: string): Uint8Array {
  if (element?.tag === (0xa0 | number)) return joinPieces(element, what);
  return expectElement(element, 0x80 | number, what).content;
}

function joinPieces(element: Element, what: string): Uint8Array {
  return Buffer.concat(elementsOf(element).map((piece) => octetsOf(piece, what)));
}

export function integerOf(element: Element | undefined, what: string): bigint {
  const { content } = expectElement(element, tags.integer, what);
  if (content.length === 0) throw new Asn1Error(`${what} is an empty integer`);
  const value = BigInt(`0x${Buffer.from(content).toString("hex")}`);
  return (byteAt(content, 0) & 0x80) === 0 ? value : value - (1n << BigInt(8 * content.length));
}

/** Reads a non-negative integer that a number holds exactly. */
export function countOf(element: Element | undefined, what: string): number {
  const value = integerOf(element, what);
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Asn1Error(`${what} is out of range`);
  return Number(value);
}

/** Reads an OBJECT IDENTIFIER in dotted form. */
export function oidOf(element: Element | undefined, what: string): string {
  const { content } = expectElement(element, tags.oid, what);
  if (content.length > maxOidLength) throw new Asn1Error(`${what} is a broken object identifier`);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const [index, byte] of content.entries()) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) !== 0) {
      if (index === content.length - 1) throw new Asn1Error(`${what} is a broken object identifier`);
      continue;
    }
    arcs.push(arc);
    arc = 0n;
  }
  const [first, ...others] = arcs;
  if (first === undefined) throw new Asn1Error(`${what} is an empty object identifier`);
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join(".");
}

export function encodeElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content]);
  const octets = Buffer.from(
    length.toString(16).padStart(length > 0xffffff ? 8 : length > 0xffff ? 6 : length > 0xff ? 4 : 2, "0"),
    "hex",
  );
  return Buffer.concat([Uint8Array.of(tag, 0x80 | octets.length), octets, content]);
}

/** Encodes the big-endian bytes of a non-negative value as INTEGER. */
export function encodeUnsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : bytes.subarray(start);
  const padded = (byteAt(digits, 0) & 0x80) === 0 ? digits : Buffer.concat([Uint8Array.of(0), digits]);
  return encodeElement(tags.integer, padded);
}

export function encodeOid(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...others] = dotted.split(".").map(BigInt);
  return encodeElement(tags.oid, ...[first * 40n + second, ...others].map(encodeArc));
}

function encodeArc(arc: bigint): Uint8Array {
  const groups = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from(groups);
}
