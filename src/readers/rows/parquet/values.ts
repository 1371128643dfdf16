import { daysOf, microsecondsOf } from "../column-buffers.js";
import type { ColumnType } from "../batch.js";

type Value = bigint | number | boolean;

/** Values in Parquet's plain encoding, with the least and the greatest of them. */
export interface PlainValues {
  readonly bytes: Uint8Array;
  readonly least: Value | undefined;
  readonly greatest: Value | undefined;
}

/**
 * Turns the texts of a typed column into values.
 *
 * @param texts Each text behind its length in four bytes; ASCII.
 * @param count How many there are.
 */
export function plainValues(type: Exclude<ColumnType, "text" | "json">, texts: Uint8Array, count: number): PlainValues {
  switch (type) {
    case "integer":
      return fromArray(BigInt64Array.from(textsIn(texts, count), (text) => BigInt(text)));
    case "timestamp":
      return fromArray(BigInt64Array.from(textsIn(texts, count), microsecondsOf));
    case "number":
      return fromArray(Float64Array.from(textsIn(texts, count), Number));
    case "date":
      return fromArray(Int32Array.from(textsIn(texts, count), daysOf));
    case "boolean":
      return packBits(textsIn(texts, count).map((text) => text === "true"));
  }
}

/** Cutting one string into pieces costs a fifth of decoding each of them. */
function textsIn(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const texts: string[] = [];
  for (let at = 0; texts.length < count;) {
    const start = at + 4;
    at = start + view.getUint32(at, true);
    texts.push(whole.slice(start, at));
  }
  return texts;
}

function fromArray(values: BigInt64Array | Float64Array | Int32Array): PlainValues {
  let least: bigint | number | undefined;
  let greatest: bigint | number | undefined;
  for (const value of values) {
    if (least === undefined || value < least) least = value;
    if (greatest === undefined || value > greatest) greatest = value;
  }
  return {
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    // Which zero is the lesser does not show when they are compared.
    least: least === 0 ? -0 : least,
    greatest: greatest === 0 ? 0 : greatest,
  };
}

function packBits(values: readonly boolean[]): PlainValues {
  const bytes = new Uint8Array((values.length + 7) >> 3);
  for (const [index, value] of values.entries()) {
    if (value) bytes[index >> 3] = (bytes[index >> 3] as number) | (1 << (index & 7));
  }
  const [first] = values;
  return {
    bytes,
    least: first === undefined ? undefined : values.every(Boolean),
    greatest: first === undefined ? undefined : values.some(Boolean),
  };
}
