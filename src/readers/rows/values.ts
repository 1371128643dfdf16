import type { ColumnType } from "./batch.js";

export type Numbers = BigInt64Array | Float64Array | Int32Array | Uint8Array;

/** Converts the texts of a typed column to numbers, and booleans to 0 and 1; undefined becomes 0. */
export function numbersOf(type: Exclude<ColumnType, "text" | "json">, texts: readonly (string | undefined)[]): Numbers {
  switch (type) {
    case "integer":
      return BigInt64Array.from(texts, (text) => BigInt(text ?? 0));
    case "timestamp":
    case "datetime":
      return BigInt64Array.from(texts, (text) => (text === undefined ? 0n : microsecondsOf(text)));
    case "number":
      return Float64Array.from(texts, (text) => Number(text ?? 0));
    case "date":
      return Int32Array.from(texts, (text) => (text === undefined ? 0 : daysOf(text)));
    case "boolean":
      return Uint8Array.from(texts, (text) => (text === "true" ? 1 : 0));
  }
}

/** Packs one bit per value, lowest bit first. */
export function packBits(values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((values.length + 7) >> 3);
  for (const [index, value] of values.entries())
    bytes[index >> 3] = (bytes[index >> 3] as number) | (value << (index & 7));
  return bytes;
}

export const bytesOf = (numbers: Numbers): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Returns the least and the greatest value as bytes, or undefined if there are no values. */
export function boundsOf(numbers: Numbers) {
  if (numbers.length === 0) return { least: undefined, greatest: undefined };
  let [least, greatest] = [0, 0];
  for (const [index, number] of numbers.entries()) {
    if (number < (numbers[least] as typeof number)) least = index;
    if (number > (numbers[greatest] as typeof number)) greatest = index;
  }
  const bound = (index: number, zero: number) =>
    // Comparisons cannot tell -0 from 0, so the least is written as -0 and the greatest as 0.
    bytesOf(
      numbers[index] === 0 && numbers instanceof Float64Array ? Float64Array.of(zero) : numbers.slice(index, index + 1),
    );
  return { least: bound(least, -0), greatest: bound(greatest, 0) };
}

/** Days since 1970-01-01. */
const daysOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

/** Microseconds since 1970-01-01T00:00:00Z; further digits are cut off. */
function microsecondsOf(text: string): bigint {
  const [, seconds = "", fraction = "", zone = "Z"] = /^(.{19})(?:\.(\d+))?(Z|[-+].*)?$/.exec(text) ?? [];
  return BigInt(Date.parse(seconds.replace(" ", "T") + zone)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}
