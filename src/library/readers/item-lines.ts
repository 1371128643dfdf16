import { plainStyle } from "../../readers/items/transcode.js";
import type { ItemStyle } from "../../readers/items/transcode.js";
import { requireOneOf } from "../../readers/option-values.js";
import { refuseTogether } from "../refuse-options.js";
import type { Item, ItemForm } from "./options.js";

/** @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` */
export function parseItemForm(form: ItemForm): ItemStyle {
  refuseTogether(form, [
    ["typed", "numbers"],
    ["typed", "sets"],
  ]);
  const { typed = plainStyle.typed, numbers = plainStyle.numbers, sets = plainStyle.sets } = form;
  return {
    typed,
    numbers: requireOneOf("numbers", ["auto", "string", "number"], numbers),
    sets: requireOneOf("sets", ["array", "tagged"], sets),
  };
}

/** Parses items from lines of JSON, each of which ends in a line feed. */
export function* parseItemLines(lines: Uint8Array): Generator<Item> {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let start = 0; start < text.length;) {
    const end = text.indexOf(0x0a, start);
    yield JSON.parse(text.toString("utf8", start, end)) as Item;
    start = end + 1;
  }
}
