// `parsePem` and `derOf` of src/identity/pem/blocks.ts without regular expressions over whole files, which take long in
// QuickJS.
import type { PemBlock } from "../identity/pem/blocks.js";
import { asBuffer, host } from "./host.js";

export * from "../identity/pem/blocks.js";

const begin = "-----BEGIN ";
const dashes = "-----";
const labelForm = /^[A-Z0-9][A-Z0-9 ]*$/;

export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at)) {
    const labelAt = at + begin.length;
    const label = text.slice(labelAt, text.indexOf(dashes, labelAt));
    const last = `-----END ${label}-----`;
    const end = labelForm.test(label) ? text.indexOf(last, labelAt + label.length + dashes.length) : -1;
    if (end === -1) {
      at = labelAt;
      continue;
    }
    const block = text.slice(at, end + last.length);
    blocks.push({ label, text: `${block.includes("\r") ? block.replaceAll(/\r\n?/g, "\n") : block}\n` });
    at = end + last.length;
  }
  return blocks;
}

/** The block begins and ends with its own two lines; base64 has no dashes. */
export function derOf({ text }: PemBlock): Buffer {
  const body = text.slice(text.indexOf(dashes, dashes.length) + dashes.length, text.lastIndexOf(`${dashes}END `));
  return asBuffer(host.decodeBase64(body));
}
