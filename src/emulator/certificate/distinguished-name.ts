import { children, decodeAll, decodeOid, encode, oid, sequence, tags } from "./der.js";
import type { DerElement } from "./der.js";

/** One attribute of a name, such as `["CN", "client"]`. */
export type NamePart = readonly [type: string, value: string];
export type DistinguishedName = readonly NamePart[];

const oidByType: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  SN: "2.5.4.4",
  SERIALNUMBER: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  STREET: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  T: "2.5.4.12",
  POSTALCODE: "2.5.4.17",
  DC: "0.9.2342.19200300.100.1.25",
  UID: "0.9.2342.19200300.100.1.1",
  EMAIL: "1.2.840.113549.1.9.1",
};
const typeByOid = new Map(Object.entries(oidByType).map(([type, id]) => [id, type]));

export function encodeName(name: DistinguishedName): Buffer {
  return sequence(
    ...name.map(([type, value]) => {
      const text = Buffer.from(value, "utf8");
      const tag =
        type === "C" ? tags.printableString : type === "DC" || type === "EMAIL" ? tags.ia5String : tags.utf8String;
      return encode(tags.set, sequence(oid(oidByType[type] ?? type), encode(tag, text)));
    }),
  );
}

export function decodeName(element: DerElement): DistinguishedName {
  return children(element).flatMap((set) =>
    children(set, tags.set).map((attribute): NamePart => {
      const [type, value] = children(attribute);
      if (type === undefined || value === undefined) return ["", ""];
      const id = decodeOid(type);
      return [typeByOid.get(id) ?? id, decodeText(value)];
    }),
  );
}

/** Decodes the string types of X.680 in names; old Windows tools use BMPString, older ones T61String. */
function decodeText({ tag, content }: DerElement): string {
  if (tag === tags.bmpString && content.length % 2 === 0) return Buffer.from(content).swap16().toString("utf16le");
  return content.toString(tag === tags.t61String ? "latin1" : "utf8");
}

/** A name in the usual notation: `CN=client,O=Example`. */
export function formatName(name: DistinguishedName): string {
  return name.map(([type, value]) => `${type}=${value}`).join(",");
}

/** All values of an attribute, joined with `/` as by the service. */
export function attribute(name: DistinguishedName, type: string): string | undefined {
  const values = name.filter(([found]) => found === type).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join("/");
}

/** A DER-encoded GeneralNames value, as in the subject alternative name. */
export type AlternativeName = readonly [kind: "dns" | "uri" | "ip" | "email", value: string];

/** The first directory name among the subject alternative names. */
export function decodeDirectoryName(names: readonly DerElement[]): DistinguishedName {
  const found = names.find(({ tag }) => tag === 0xa4);
  return found === undefined ? [] : decodeAll(found.content).flatMap(decodeName);
}

const alternativeTags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

export function encodeAlternativeNames(names: readonly AlternativeName[]): Buffer {
  return sequence(
    ...names.map(([kind, value]) =>
      encode(alternativeTags[kind], kind === "ip" ? encodeAddress(value) : Buffer.from(value, "utf8")),
    ),
  );
}

export function decodeAlternativeNames(bytes: Buffer): readonly AlternativeName[] {
  const kinds = Object.entries(alternativeTags) as [AlternativeName[0], number][];
  return decodeAll(bytes).flatMap((list) =>
    children(list).flatMap(({ tag, content }): AlternativeName[] => {
      const kind = kinds.find(([, number]) => number === tag)?.[0];
      return kind === undefined || kind === "ip" ? [] : [[kind, content.toString("utf8")]];
    }),
  );
}

function encodeAddress(text: string): Buffer {
  if (!text.includes(":")) return Buffer.from(text.split(".").map(Number));
  const [head = "", tail = ""] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, "0"), "hex")));
}
