const block = /-----BEGIN ([A-Z0-9][A-Z0-9 ]*)-----([\s\S]*?)-----END \1-----/g;
const base64Only = /^[A-Za-z0-9+/]+={0,2}$/;
const lineWidth = 64;

/**
 * Undoes what secret stores do to PEM text: CRLF, a byte order mark, line breaks written as `\n`, turned into blanks or
 * lost, and base64 around the whole. Returns other text unchanged; the decoder refuses whatever else is wrong.
 */
export function repairPem(text: string): string {
  const plain = withoutMark(unwrapBase64(withoutMark(text)));
  const unescaped = plain.includes("-----BEGIN ") ? plain.replaceAll(/(?:\\r)?\\n/g, "\n") : plain;
  const broken = unescaped.replaceAll(/\r+\n/g, "\n");
  return broken.replaceAll(block, (whole, label: string, body: string) => repairBlock(whole, label, body));
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF+/, "");
}

/** Decodes PEM text that was itself encoded as base64, with or without line breaks. */
function unwrapBase64(text: string): string {
  if (text.includes("-----BEGIN ")) return text;
  const compact = text.replaceAll(/\s/g, "");
  if (!base64Only.test(compact)) return text;
  const decoded = Buffer.from(compact, "base64").toString("utf8");
  return decoded.includes("-----BEGIN ") ? decoded : text;
}

/** Restores lost line breaks in the body; leaves a body that is not pure base64 unchanged. */
function repairBlock(whole: string, label: string, body: string): string {
  if (/^\n(?:[^\n]{1,76}\n)*$/.test(body) && !/ /.test(body.trim())) return whole;
  const compact = body.replaceAll(/\s/g, "");
  if (!base64Only.test(compact)) return whole;
  const lines = compact.match(new RegExp(`.{1,${lineWidth}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join("\n");
}
