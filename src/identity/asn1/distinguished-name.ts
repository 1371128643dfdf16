import { type Element, encodeElement, parseElement, tags } from "./der.js";
import { readName } from "./name.js";

export interface Attribute {
  /** Dotted object identifier. */
  readonly type: string;
  readonly value: string;
}

/** Distinguished name as in the certificate: relative names in order, each of one or more attributes. */
export type DistinguishedName = readonly (readonly Attribute[])[];

const attributeNames: Readonly<Record<string, string>> = {
  "2.5.4.6": "C",
  "2.5.4.8": "ST",
  "2.5.4.7": "L",
  "2.5.4.9": "STREET",
  "2.5.4.17": "POSTALCODE",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.3": "CN",
  "2.5.4.5": "SERIALNUMBER",
};

/** Further attribute types that text may name, besides those that Go prints by name. */
const furtherNames: Readonly<Record<string, string>> = {
  DC: "0.9.2342.19200300.100.1.25",
  UID: "0.9.2342.19200300.100.1.1",
  E: "1.2.840.113549.1.9.1",
  EMAIL: "1.2.840.113549.1.9.1",
  EMAILADDRESS: "1.2.840.113549.1.9.1",
  S: "2.5.4.8",
  SN: "2.5.4.4",
  SURNAME: "2.5.4.4",
  GN: "2.5.4.42",
  GIVENNAME: "2.5.4.42",
  T: "2.5.4.12",
  TITLE: "2.5.4.12",
};

const typesByName: ReadonlyMap<string, string> = new Map([
  ...Object.entries(attributeNames).map(([oid, name]) => [name, oid] as const),
  ...Object.entries(furtherNames),
]);

/** @throws Asn1Error */
export function parseName(element: Element | undefined): DistinguishedName {
  return readName(element).map((relative) => relative.map(({ type, value }) => ({ type, value: decodeString(value) })));
}

function decodeString({ tag, content, raw }: Element): string {
  const bytes = Buffer.from(content);
  switch (tag) {
    case tags.utf8String:
      return bytes.toString("utf8");
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString
    case 0x16: // IA5String
      return bytes.toString("latin1");
    case 0x1e: // BMPString
      return bytes.length % 2 === 0
        ? Buffer.from(bytes).swap16().toString("utf16le")
        : `#${Buffer.from(raw).toString("hex")}`;
    default:
      return `#${Buffer.from(raw).toString("hex")}`;
  }
}

/**
 * Formats the name like Go's `pkix.Name.String`, which the official helper shows and compares: known types in a fixed
 * order whatever the certificate's, several values of one type joined with `+`, only the last CN and SERIALNUMBER,
 * other types last as `oid=#hex`.
 */
export function formatGoName(name: DistinguishedName): string {
  const attributes = name.flat();
  const known = Object.keys(attributeNames).flatMap((type) => {
    const values = attributes.filter((attribute) => attribute.type === type);
    const kept =
      type === "2.5.4.3" || type === "2.5.4.5" ? values.slice(-1).filter(({ value }) => value !== "") : values;
    return kept.length === 0 ? [] : [kept.map(formatGoAttribute).join("+")];
  });
  const others = attributes.filter(({ type }) => !Object.hasOwn(attributeNames, type)).map(formatGoAttribute);
  return [...others, ...known].reverse().join(",");
}

function formatGoAttribute({ type, value }: Attribute): string {
  const name = Object.hasOwn(attributeNames, type) ? attributeNames[type] : undefined;
  if (name === undefined) return `${type}=#${Buffer.from(encodeGoString(value)).toString("hex")}`;
  const characters = Array.from(value);
  const last = characters.length - 1;
  const escaped = characters.map((character, index) => {
    const special = ',+"\\<>;'.includes(character) || (character === "#" && index === 0);
    const outerBlank = character === " " && (index === 0 || index === last);
    return special || outerBlank ? `\\${character}` : character;
  });
  return `${name}=${escaped.join("")}`;
}

/** Encodes the value again, as Go does: PrintableString if its characters allow, else UTF8String. */
function encodeGoString(value: string): Uint8Array {
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? 0x13 : tags.utf8String;
  return encodeElement(tag, Buffer.from(value, "utf8"));
}

/**
 * Parses a name in text form: RFC 4514 or Go's format. Accepts blanks around separators, types in any case or as object
 * identifiers, and values that are escaped, quoted or written as `#hex`.
 *
 * @returns The attributes; `undefined` if the text is not a name.
 */
export function parseNameText(text: string): readonly Attribute[] | undefined {
  const attributes: Attribute[] = [];
  const assignment =
    /\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*("(?:[^"\\]|\\.)*"|(?:[^,;+"\\]|\\.)*?)\s*(?:[,;+]|$)/sy;
  while (assignment.lastIndex < text.length) {
    const match = assignment.exec(text);
    if (match === null) return undefined;
    const [, name = "", rawValue = ""] = match;
    const type = /^\d/.test(name) ? name : typesByName.get(name.toUpperCase());
    const value = parseValueText(rawValue);
    if (type === undefined || value === undefined) return undefined;
    attributes.push({ type, value });
  }
  return attributes.length === 0 || /(?:^|[^\\])[,;+]\s*$/.test(text) ? undefined : attributes;
}

function parseValueText(text: string): string | undefined {
  if (text.startsWith("#")) return parseHexValue(text.slice(1));
  const quoted = text.startsWith('"');
  const inner = quoted ? text.slice(1, -1) : text;
  const bytes = [...inner.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|([^\\])/gsu)].map(([, hex, escaped, plain]) =>
    hex === undefined ? Buffer.from(escaped ?? plain ?? "", "utf8") : Buffer.from(hex, "hex"),
  );
  return Buffer.concat(bytes).toString("utf8");
}

function parseHexValue(hex: string): string | undefined {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return undefined;
  try {
    return decodeString(parseElement(Buffer.from(hex, "hex")));
  } catch {
    return undefined;
  }
}

/** Tells whether two names hold the same attributes, in any order, grouping and spacing. */
export function hasSameAttributes(one: readonly Attribute[], other: readonly Attribute[]): boolean {
  const [first, second] = [one, other].map((attributes) => attributes.map(comparable).sort());
  return first?.join("\n") === second?.join("\n");
}

function comparable({ type, value }: Attribute): string {
  return `${type}=${value.trim().replaceAll(/\s+/g, " ")}`;
}
