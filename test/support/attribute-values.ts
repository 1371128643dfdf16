import * as fc from "fast-check";

/** DynamoDB JSON as a tree, as tests write it. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Readonly<Record<string, AttributeValue>> };

export type Item = Readonly<Record<string, AttributeValue>>;

const digitCharacters = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...digitCharacters), { minLength, maxLength }).map((characters) => characters.join(""));

/** DynamoDB refuses numbers nearer to zero than 1E-130. */
const smallest = 1e-100;

/** Numbers as DynamoDB returns them: up to 38 digits, no leading or trailing zeros. */
export const numbers: fc.Arbitrary<string> = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
    .map((value) => String(Math.abs(value) < smallest ? 0 : value)),
  fc
    .tuple(fc.constantFrom("", "-"), fc.constantFrom(...digitCharacters.slice(1)), digits(0, 37))
    .map(([sign, first, rest]) => `${sign}${first}${rest}`),
  fc
    .tuple(fc.constantFrom("", "-"), digits(0, 20), digits(0, 16), fc.constantFrom(...digitCharacters.slice(1)))
    .map(([sign, whole, rest, last]) => `${sign}${whole.replace(/^0+(?=\d)/, "") || "0"}.${rest}${last}`),
  fc
    .tuple(fc.constantFrom(...digitCharacters.slice(1)), digits(0, 10), fc.integer({ min: -120, max: 120 }))
    .map(
      ([first, fraction, power]) => `${first}${fraction === "" ? "" : `.${fraction}`}E${power < 0 ? "" : "+"}${power}`,
    ),
  fc.constantFrom(
    "0",
    "9007199254740993",
    "-9007199254740991",
    "1E+125",
    "9.9999999999999999999999999999999999999E+125",
    "1E-130",
  ),
);

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom(
    "",
    '"',
    "\\",
    "\n\r\t\b\f",
    "\u0000",
    "\u2028\u2029",
    "</script>",
    "a\\u0041",
    "\ud83d\ude00",
    '{"S":1}',
    '7,5;"x"',
  ),
);
export const attributeNames: fc.Arbitrary<string> = fc.oneof(
  text.filter((name) => name !== ""),
  fc.constantFrom("S", "N", "SS", "Items", "Count", "LastEvaluatedKey", "__proto__", "constructor", "a.b", "size"),
);
const binary = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const distinct = <T>(values: fc.Arbitrary<T>) => fc.uniqueArray(values, { minLength: 1, maxLength: 4 });

const { map } = fc.letrec<{ value: AttributeValue; map: Item }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    text.map((S) => ({ S })),
    numbers.map((N) => ({ N })),
    binary.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    distinct(text).map((SS) => ({ SS })),
    fc.uniqueArray(numbers, { minLength: 1, maxLength: 4, selector: canonicalNumber }).map((NS) => ({ NS })),
    distinct(binary).map((BS) => ({ BS })),
    fc.array(tie("value"), { maxLength: 4 }).map((L) => ({ L })),
    tie("map").map((M) => ({ M })),
  ),
  map: fc
    .uniqueArray(fc.tuple(attributeNames, tie("value")), { maxLength: 5, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries)),
}));

export const items: fc.Arbitrary<Item> = map;

/** Formats a number as an integer times a power of ten, without trailing zeros: equal texts mean equal numbers. */
export function canonicalNumber(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const mantissa = digits.replace(/0+$/, "");
  if (mantissa === "") return "0";
  return `${sign}${mantissa}e${Number(exponent) - fraction.length + digits.length - mantissa.length}`;
}

/** Parses DynamoDB JSON with every number in canonical form, since each server formats them differently. */
export function withCanonicalNumbers(typed: unknown): unknown {
  const seen = JSON.parse(JSON.stringify(typed), (key, member: unknown) => {
    if (key === "N" && typeof member === "string") return canonicalNumber(member);
    if (key === "NS" && Array.isArray(member)) return member.map((text: string) => canonicalNumber(text)).sort();
    return (key === "SS" || key === "BS") && Array.isArray(member) ? [...(member as string[])].sort() : member;
  }) as unknown;
  return seen;
}
