import type { Item } from "./scan-table.js";

/** Items from lines of JSON, each of which ends in a line feed. */
export function* parseItemLines(lines: Uint8Array): Generator<Item> {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let start = 0; start < text.length;) {
    const end = text.indexOf(0x0a, start);
    yield JSON.parse(text.toString("utf8", start, end)) as Item;
    start = end + 1;
  }
}
