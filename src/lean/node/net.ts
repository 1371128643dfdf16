// `node:net` for the lean edition.

/** The texts come from URLs, which have been parsed: a host with a colon is an address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (text.includes(":")) return 6;
  const parts = text.split(".");
  const isByte = (part: string) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  return parts.length === 4 && parts.every(isByte) ? 4 : 0;
}
