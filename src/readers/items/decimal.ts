export interface ClassifiedNumber {
  /** The number in JSON syntax; undefined if the text is not a decimal number. */
  readonly json: string | undefined;
  /** Whether the number survives conversion to a double and back. */
  readonly exact: boolean;
}

const decimal = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,9}))?$/;

/**
 * Formats a decimal number as JSON and tells whether a reader that only knows doubles would keep it.
 *
 * A double keeps every decimal of up to 15 significant digits within its range, and none of more than 17, because its
 * shortest form never has more than 17. In between, the conversion is tried.
 */
export function classifyNumber(text: string): ClassifiedNumber {
  const match = decimal.exec(text);
  if (match === null) return { json: undefined, exact: false };
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return { json: undefined, exact: false };
  const json = isJsonNumber.test(text) ? text : respell(match);
  return { json, exact: survives(sign, `${whole}${fraction}`, Number(exponent) - fraction.length) };
}

const isJsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

function respell(match: RegExpExecArray): string {
  const [, sign, whole = "", fraction = "", exponent] = match;
  const integer = whole.replace(/^0+(?=\d)/, "") || "0";
  const decimals = fraction === "" ? "" : `.${fraction}`;
  return `${sign === "-" ? "-" : ""}${integer}${decimals}${exponent === undefined ? "" : `e${Number(exponent)}`}`;
}

function survives(sign: string, digits: string, exponent: number): boolean {
  const significant = digits.replace(/^0+/, "");
  const mantissa = significant.replace(/0+$/, "");
  if (mantissa === "") return sign !== "-";
  if (mantissa.length > 17) return false;
  const scale = exponent + (significant.length - mantissa.length);
  const value = Number(`${mantissa}e${scale}`);
  if (value === 0 || !Number.isFinite(value)) return false;
  const [printed = "", power = "0"] = value.toExponential().split("e");
  const [whole = "", fraction = ""] = printed.split(".");
  return `${whole}${fraction}` === mantissa && Number(power) === scale + mantissa.length - 1;
}
