/**
 * Decodes the Protocol Buffers that the SPIFFE Workload API uses: strings, bytes and nested messages. Skips fields of
 * other kinds, as a later version of the protocol may have.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** Thrown if the bytes are not a message. Gives the position, never content. */
export class ProtobufError extends Error {}

const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;
const maxVarintBytes = 10;

/** Field whose value has a length: a string, bytes or a nested message. */
export interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** @throws ProtobufError */
export function readFields(message: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  for (let offset = 0; offset < message.length;) {
    const key = readVarint(message, offset);
    offset = key.next;
    const [number, wireType] = [Math.floor(key.value / 8), key.value % 8];
    if (number === 0) throw new ProtobufError(`field number 0 at offset ${offset}`);
    if (wireType === wireTypes.lengthDelimited) {
      const length = readVarint(message, offset);
      const end = length.next + length.value;
      if (end > message.length) throw new ProtobufError(`field ${number} ends after the message`);
      fields.push({ number, bytes: message.subarray(length.next, end) });
      offset = end;
    } else offset = skipField(message, offset, wireType);
  }
  return fields;
}

function skipField(message: Uint8Array, offset: number, wireType: number): number {
  if (wireType === wireTypes.varint) return readVarint(message, offset).next;
  const width = { [wireTypes.fixed64]: 8, [wireTypes.fixed32]: 4 }[wireType];
  if (width === undefined || offset + width > message.length)
    throw new ProtobufError(`wire type ${wireType} at offset ${offset}`);
  return offset + width;
}

function readVarint(message: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let index = 0; index < maxVarintBytes; index++) {
    const byte = message[start + index];
    if (byte === undefined) throw new ProtobufError(`the message ends in a number at offset ${start}`);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new ProtobufError(`a number of more than ${maxVarintBytes} bytes at offset ${start}`);
}

/** Returns the last value of a field, as decoders must; empty if it is absent. */
export function lastOf(fields: readonly Field[], number: number): Uint8Array {
  return fields.findLast((field) => field.number === number)?.bytes ?? new Uint8Array();
}

export function allOf(fields: readonly Field[], number: number): readonly Uint8Array[] {
  return fields.filter((field) => field.number === number).map(({ bytes }) => bytes);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** A string with its field number. */
export function writeText(number: number, text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([writeVarint(number * 8 + wireTypes.lengthDelimited), writeVarint(bytes.length), bytes]);
}

function writeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
