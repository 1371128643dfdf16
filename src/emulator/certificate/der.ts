/** One tag-length-value of DER. `bytes` is the whole element, `content` its value. */
export interface DerElement {
  readonly tag: number;
  readonly bytes: Buffer;
  readonly content: Buffer;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes one element. */
export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return encode(tags.sequence, ...elements);
}

/** Encodes an integer of any size in two's complement, including negative ones. */
export function integer(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!endsInSign(rest, bytes[0] ?? 0));
  return encode(tags.integer, Buffer.from(bytes));
}

function endsInSign(rest: bigint, first: number): boolean {
  return first < 0x80 ? rest === 0n : rest === -1n;
}

export function boolean(value: boolean): Buffer {
  return encode(tags.boolean, Buffer.from([value ? 0xff : 0]));
}

/** A dotted object identifier such as `2.5.29.15`. */
export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const bytes = [first * 40n + second, ...rest].flatMap((arc) => {
    const digits = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
    return digits;
  });
  return encode(tags.oid, Buffer.from(bytes));
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return encode(tags.bitString, Buffer.from([unusedBits]), bytes);
}

/** Encodes UTCTime up to 2049 and GeneralizedTime from 2050, as RFC 5280 §4.1.2.5 requires. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? encode(tags.utcTime, Buffer.from(digits.slice(2)))
    : encode(tags.generalizedTime, Buffer.from(digits));
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Bytes that are not valid DER. */
export class DerError extends Error {}

/** @throws DerError if the bytes are not exactly one element. */
export function decode(bytes: Buffer): DerElement {
  const [element, ...others] = decodeAll(bytes);
  if (element === undefined || others.length > 0) throw new DerError("expected one element");
  return element;
}

/** Decodes the consecutive elements in `bytes`. */
export function decodeAll(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const { headerLength, length } = decodeHeader(bytes, offset);
    const end = offset + headerLength + length;
    if (end > bytes.length) throw new DerError(`element at byte ${offset} is cut short`);
    elements.push({
      tag: bytes.readUInt8(offset),
      bytes: bytes.subarray(offset, end),
      content: bytes.subarray(offset + headerLength, end),
    });
    offset = end;
  }
  return elements;
}

function decodeHeader(bytes: Buffer, offset: number): { headerLength: number; length: number } {
  const first = bytes[offset + 1];
  if (first === undefined) throw new DerError(`element at byte ${offset} is cut short`);
  if (first < 0x80) return { headerLength: 2, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || offset + 2 + count > bytes.length) {
    throw new DerError(`length at byte ${offset} is not definite`);
  }
  return { headerLength: 2 + count, length: bytes.readUIntBE(offset + 2, count) };
}

/** Returns the elements inside a constructed one. */
export function children(element: DerElement, tag: number = tags.sequence): readonly DerElement[] {
  if (element.tag !== tag) throw new DerError(`found tag ${element.tag}, expected ${tag}`);
  return decodeAll(element.content);
}

export function decodeInteger({ tag, content }: DerElement): bigint {
  if (tag !== tags.integer || content.length === 0) throw new DerError("expected an integer");
  const unsigned = BigInt(`0x${content.toString("hex")}`);
  return (content[0] ?? 0) < 0x80 ? unsigned : unsigned - (1n << BigInt(8 * content.length));
}

export function decodeOid({ tag, content }: DerElement): string {
  if (tag !== tags.oid) throw new DerError("expected an object identifier");
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [head = 0n, ...rest] = arcs;
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - first * 40n, ...rest].join(".");
}

export function decodeTime({ tag, content }: DerElement): Date {
  const text = content.toString("latin1");
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null || (tag !== tags.utcTime && tag !== tags.generalizedTime)) throw new DerError("expected a time");
  const [, year = "", month, day, hour, minute, second] = match;
  const century = year.length === 4 ? "" : Number(year) < 50 ? "20" : "19";
  return new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
