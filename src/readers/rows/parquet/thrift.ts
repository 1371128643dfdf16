/** A value in Thrift's compact protocol: the number of its type, and its bytes. */
interface Encoded {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const stop = Buffer.of(0);

export const int32 = (value: number): Encoded => ({ type: 5, bytes: zigzag(value) });

/** Accepts up to 2^52, more than any length or offset in a file. */
export const int64 = (value: number): Encoded => ({ type: 6, bytes: zigzag(value) });

/** A boolean as a field of a struct, where the type is the value. */
export const bool = (value: boolean): Encoded => ({ type: value ? 1 : 2, bytes: new Uint8Array(0) });

export function binary(value: string | Uint8Array): Encoded {
  const bytes = Buffer.from(value as Uint8Array);
  return { type: 8, bytes: Buffer.concat([varint(bytes.length), bytes]) };
}

/** Needs at least one item; all items have the same type. */
export function list(items: readonly Encoded[]): Encoded {
  const type = items[0]?.type ?? 0;
  const head =
    items.length < 15 ? Buffer.of((items.length << 4) | type) : Buffer.of(0xf0 | type, ...varint(items.length));
  return { type: 9, bytes: Buffer.concat([head, ...items.map(({ bytes }) => bytes)]) };
}

/**
 * Encodes fields by number. Numbers must increase by at most 15; an undefined field is left out.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export function struct(fields: Readonly<Record<number, Encoded | undefined>>): Encoded {
  const pieces: Uint8Array[] = [];
  let last = 0;
  for (const [key, field] of Object.entries(fields)) {
    if (field === undefined) continue;
    const number = Number(key);
    pieces.push(Buffer.of(((number - last) << 4) | field.type), field.bytes);
    last = number;
  }
  return { type: 12, bytes: Buffer.concat([...pieces, stop]) };
}

function zigzag(value: number): Uint8Array {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
