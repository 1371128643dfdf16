/**
 * The text of a file in UTF-8, without a byte order mark. With such a mark it may also be UTF-16, which `>` of Windows
 * PowerShell writes, or UTF-32.
 */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    const isUtf32 = bytes.length >= 4 && bytes[2] === 0 && bytes[3] === 0;
    return isUtf32 ? decodeUtf32((at) => bytes.readUInt32LE(at), bytes.length) : bytes.subarray(2).toString("utf16le");
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const pairs = bytes.subarray(2, bytes.length - (bytes.length % 2));
    return Buffer.from(pairs).swap16().toString("utf16le");
  }
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0xfeff) {
    return decodeUtf32((at) => bytes.readUInt32BE(at), bytes.length);
  }
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function decodeUtf32(read: (at: number) => number, length: number): string {
  let text = "";
  for (let at = 4; at + 4 <= length; at += 4) {
    const point = read(at);
    text += point <= 0x10ffff ? String.fromCodePoint(point) : "\uFFFD";
  }
  return text;
}
