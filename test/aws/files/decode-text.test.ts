import { expect, test } from "vitest";
import { decodeText } from "../../../src/aws/files/decode-text.js";

const text = "[default]\nregion = us-east-1 # ä€\n";
const points = [0xfeff, ...Array.from(text, (character) => character.codePointAt(0) ?? 0)];
const utf32 = Buffer.from(Uint32Array.from(points).buffer);

test.each([
  ["UTF-8", Buffer.from(text)],
  ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${text}`)],
  ["UTF-16, little endian", Buffer.from(`\uFEFF${text}`, "utf16le")],
  ["UTF-16, big endian", Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
  ["UTF-32, little endian", utf32],
])("%s is read", (_encoding, bytes) => {
  expect(decodeText(bytes)).toBe(text);
});

test.each(["", "ff", "fffe", "feff00", "fffe0000", "fffe0000ffffffff", "0000feff"])(
  "no error for the bytes %s",
  (hex) => {
    expect(typeof decodeText(Buffer.from(hex, "hex"))).toBe("string");
  },
);
