/** How to parse a value, and how messages describe it. */
export interface Grammar<Value> {
  /** Returns undefined if the text does not match. */
  readonly parse: (text: string) => Value | undefined;
  readonly expected: string;
  readonly example: string;
}

/** The only grammars of values: a flag, a variable and a profile key with the same text mean the same. */
export const grammars = {
  boolean: { parse: parseBoolean, expected: "true or false", example: "true or false" },
  integer: { parse: parseInteger, expected: "a whole number", example: "digits only, for example 3600" },
} as const satisfies Record<string, Grammar<boolean | number>>;

function parseBoolean(text: string): boolean | undefined {
  if (/^(true|t|1|yes|on)$/i.test(text)) return true;
  return /^(false|f|0|no|off)$/i.test(text) ? false : undefined;
}

/** Parses integers like the official helper: decimal, `0x`, `0o`, `0b`, octal with a leading zero, `_` in between. */
function parseInteger(text: string): number | undefined {
  const match = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? "").replaceAll("_", "").replace(/^0(?=[0-7])/, "0o");
  const value = (match[1] === "-" ? -1 : 1) * Number(digits);
  if (!Number.isSafeInteger(value)) return undefined;
  return value === 0 ? 0 : value;
}

/**
 * Splits items at `;`, which neither ARNs nor tags can contain. A repeated flag adds its items. A value of blanks alone
 * is kept, so that it is refused rather than ignored.
 */
export function splitList(given: string | readonly string[]): readonly string[] {
  return [given].flat().flatMap((text) => {
    const items = text.split(";").map((item) => item.trim());
    const filled = items.filter((item) => item !== "");
    return filled.length === 0 ? [text] : filled;
  });
}

/** The default certificate store on Windows. */
export const systemStore = "MY";
