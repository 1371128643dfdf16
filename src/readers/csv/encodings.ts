import type { Chunks } from "../compression/decompress.js";
import { CsvSyntaxError } from "./syntax-error.js";
import { message, setting } from "../../message.js";

/** `auto` uses the byte order mark. Without one, the text is UTF-8. */
export const encodings = ["auto", "utf-8", "utf-16le", "utf-16be", "latin1", "windows-1252"] as const;
export type Encoding = (typeof encodings)[number];
type Known = Exclude<Encoding, "auto">;

const marks: readonly (readonly [Known, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * Converts text to UTF-8 without a byte order mark. UTF-8 passes through unchanged: the scanner validates it, because
 * it knows the line.
 */
export async function* transcodeToUtf8(input: Chunks, encoding: Encoding): AsyncGenerator<Uint8Array, void, undefined> {
  let decode: ((chunk: Uint8Array) => Uint8Array) | undefined;
  let start: Uint8Array = new Uint8Array(0);
  for await (const chunk of input) {
    if (decode === undefined) {
      start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      if (start.length < 3) {
        start = Uint8Array.from(start);
        continue;
      }
      const begun = begin(start, encoding);
      ({ decode } = begun);
      yield decode(begun.text);
    } else yield decode(chunk);
  }
  if (decode === undefined && start.length > 0) {
    const begun = begin(start, encoding);
    ({ decode } = begun);
    yield decode(begun.text);
  }
  const rest = decode?.(new Uint8Array(0));
  if (rest !== undefined && rest.length > 0) yield rest;
}

/** Determines the encoding from the first bytes and removes the byte order mark. */
function begin(start: Uint8Array, encoding: Encoding) {
  const marked = marks.find(([, mark]) => mark.every((byte, index) => start[index] === byte));
  const known = encoding === "auto" ? (marked?.[0] ?? "utf-8") : encoding;
  const text = marked?.[0] === known ? start.subarray(marked[1].length) : start;
  return { decode: decoders[known](), text };
}

const decoders: Readonly<Record<Known, () => (chunk: Uint8Array) => Uint8Array>> = {
  "utf-8": () => (chunk) => chunk,
  "utf-16le": () => decodeUtf16("utf-16le"),
  "utf-16be": () => decodeUtf16("utf-16be"),
  latin1: () => (chunk) => Buffer.from(latin1Text(chunk)),
  "windows-1252": () => (chunk) => Buffer.from(latin1Text(chunk).replace(/[\u0080-\u009f]/g, windows1252)),
};

function decodeUtf16(label: "utf-16le" | "utf-16be"): (chunk: Uint8Array) => Uint8Array {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  return (chunk) => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk.length > 0 }));
    } catch {
      throw new CsvSyntaxError(1, `the text is not ${label.toUpperCase()}`, [message`check ${setting("encoding")}`]);
    }
  };
}

const latin1Text = (chunk: Uint8Array): string =>
  Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");

/** 0x80 to 0x9f in Windows-1252. The five undefined bytes stay control characters, as in browsers. */
const windowsCharacters = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const windows1252 = (character: string): string => windowsCharacters[character.charCodeAt(0) - 0x80] as string;
