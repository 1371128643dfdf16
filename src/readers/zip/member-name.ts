import { isUtf8 } from "node:buffer";
import { crc32 } from "node:zlib";

const unicodePathField = 0x7075;

/** Code page 437 from 0x80, the character set of DOS and of ZIP before UTF-8. */
const dosCharacters =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/**
 * Decodes a name as UTF-8 if its flag or Info-ZIP's extra field says so, or if it is valid UTF-8, which most writers
 * mean; otherwise as code page 437. If a name has only backslashes, as from old Windows programs, they become slashes.
 *
 * @throws Error
 */
export function decodeName(raw: Buffer, isMarkedUtf8: boolean, extra: ReadonlyMap<number, Buffer>): string {
  if (raw.includes(0)) throw new Error("a name contains a NUL character");
  const name = textOf(raw, isMarkedUtf8, extra);
  return name.includes("/") ? name : name.replaceAll("\\", "/");
}

function textOf(raw: Buffer, isMarkedUtf8: boolean, extra: ReadonlyMap<number, Buffer>): string {
  const unicode = extra.get(unicodePathField);
  if (unicode !== undefined && unicode.length > 5 && unicode[0] === 1 && unicode.readUInt32LE(1) === crc32(raw)) {
    return unicode.subarray(5).toString("utf8");
  }
  if (isUtf8(raw)) return raw.toString("utf8");
  if (isMarkedUtf8) throw new Error("a name is marked as UTF-8 but is not");
  return raw
    .toString("latin1")
    .replaceAll(/[\u0080-\u00ff]/g, (byte) => dosCharacters[byte.charCodeAt(0) - 0x80] ?? "");
}
