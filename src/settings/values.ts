/** How the text of a value is read, and what messages expect of it. */
export interface Grammar<Value> {
  /** Undefined if the text is not such a value. */
  readonly parse: (text: string) => Value | undefined;
  readonly expected: string;
  readonly example: string;
}

/** The one grammar of values: a flag, a variable and a profile key with the same text mean the same. */
export const grammars = {
  boolean: { parse: parseBoolean, expected: "true or false", example: "true or false" },
  integer: { parse: parseInteger, expected: "a whole number", example: "digits only, for example 3600" },
} as const satisfies Record<string, Grammar<boolean | number>>;

function parseBoolean(text: string): boolean | undefined {
  if (/^(true|t|1|yes|on)$/i.test(text)) return true;
  return /^(false|f|0|no|off)$/i.test(text) ? false : undefined;
}

/** As the official helper reads it: decimal, `0x`, `0o`, `0b`, a leading zero for octal, `_` between digits. */
function parseInteger(text: string): number | undefined {
  const match = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? "").replaceAll("_", "").replace(/^0(?=[0-7])/, "0o");
  const value = (match[1] === "-" ? -1 : 1) * Number(digits);
  if (!Number.isSafeInteger(value)) return undefined;
  return value === 0 ? 0 : value;
}

/**
 * Items separated by `;`, which neither ARNs nor tags may contain. A repeated flag gives one or more each time; one that is
 * nothing but blanks stays, so that it is refused rather than passed over.
 */
export function splitList(given: string | readonly string[]): readonly string[] {
  return [given].flat().flatMap((text) => {
    const items = text.split(";").map((item) => item.trim());
    const filled = items.filter((item) => item !== "");
    return filled.length === 0 ? [text] : filled;
  });
}

/** The certificate store of Windows that is used when none is named. */
export const systemStore = "MY";
