const shape = /^\s*([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,6}))?\s*$/;
/** A double distinguishes all decimals of up to this many digits. */
const doubleDigits = 15;

/** Tells whether an unquoted text is a number. One with a leading zero, such as a postal code, is not. */
export const isDecimal = (text: string): boolean =>
  /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,6})?$/.test(text);

interface Decimal {
  /** -1, 0 or 1. */
  readonly sign: number;
  /** Without leading and trailing zeros. The value is 0.DIGITS times ten to the power of `exponent`. */
  readonly digits: string;
  readonly exponent: number;
}

/**
 * Creates a comparison with a number. It is exact for numbers of any length.
 *
 * @returns A function that returns a negative number, zero or a positive one for a text below, equal to or above it;
 *   NaN for a text that is not a number.
 */
export function comparisonWith(number: string): (text: string) => number {
  const wanted = parseDecimal(number);
  const isShort = fitsDouble(number);
  const value = Number(number);
  return (text) => {
    if (isShort && fitsDouble(text)) return Number(text) - value;
    const found = parseDecimal(text);
    return found === undefined || wanted === undefined ? Number.NaN : compare(found, wanted);
  };
}

const fitsDouble = (text: string): boolean => text.length <= doubleDigits && /^-?\d+(?:\.\d+)?$/.test(text);

function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = "", fraction = "", power = "0"] = shape.exec(text) ?? [];
  const all = whole + fraction;
  if (sign === undefined || all === "") return undefined;
  const significant = all.replace(/^0+/, "");
  const digits = significant.replace(/0+$/, "");
  if (digits === "") return { sign: 0, digits, exponent: 0 };
  const exponent = Number(power) + whole.length - (all.length - significant.length);
  return { sign: sign === "-" ? -1 : 1, digits, exponent };
}

function compare(one: Decimal, other: Decimal): number {
  if (one.sign !== other.sign) return one.sign - other.sign;
  const difference = one.exponent - other.exponent;
  if (difference !== 0) return one.sign * difference;
  return one.digits === other.digits ? 0 : one.digits < other.digits ? -one.sign : one.sign;
}
