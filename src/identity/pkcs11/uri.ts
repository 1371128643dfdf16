import { UsageError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";

/** Decoded `pkcs11:` URI (RFC 7512); an absent attribute matches everything. */
export interface Pkcs11Uri {
  readonly token?: string;
  readonly manufacturer?: string;
  readonly serial?: string;
  readonly model?: string;
  readonly slotDescription?: string;
  readonly slotManufacturer?: string;
  readonly slotId?: bigint;
  readonly libraryManufacturer?: string;
  readonly libraryDescription?: string;
  readonly libraryVersion?: string;
  /** CKA_LABEL */
  readonly object?: string;
  readonly type?: Pkcs11ObjectType;
  /** CKA_ID */
  readonly id?: Uint8Array;
  readonly pinSource?: string;
  readonly pinValue?: string;
  readonly moduleName?: string;
  readonly modulePath?: string;
}

const objectTypes = ["cert", "data", "private", "public", "secret-key"] as const;
export type Pkcs11ObjectType = (typeof objectTypes)[number];

const pathMembers = {
  token: "token",
  manufacturer: "manufacturer",
  serial: "serial",
  model: "model",
  "library-manufacturer": "libraryManufacturer",
  "library-version": "libraryVersion",
  "library-description": "libraryDescription",
  "slot-manufacturer": "slotManufacturer",
  "slot-description": "slotDescription",
  "slot-id": "slotId",
  id: "id",
  object: "object",
  type: "type",
} as const satisfies Record<string, keyof Pkcs11Uri>;

const queryMembers = {
  "pin-source": "pinSource",
  "pin-value": "pinValue",
  "module-name": "moduleName",
  "module-path": "modulePath",
} as const satisfies Record<string, keyof Pkcs11Uri>;

/**
 * Parses a `pkcs11:` URI. Ignores attributes that RFC 7512 does not define, as it requires.
 *
 * @param where Names the setting in errors.
 * @throws UsageError `ERR_SETTING`; the message never repeats a PIN
 */
export function parsePkcs11Uri(text: string, where: Text): Pkcs11Uri {
  if (!/^pkcs11:/i.test(text)) throw refusal(where, "does not begin with pkcs11:");
  const body = text.slice("pkcs11:".length);
  const question = body.indexOf("?");
  const path = question === -1 ? body : body.slice(0, question);
  const query = question === -1 ? "" : body.slice(question + 1);
  const raw = {
    ...readAttributes(path, ";", pathMembers, where),
    ...readAttributes(query, "&", queryMembers, where),
  };
  const { id, slotId, type, ...others } = raw;
  if (others.pinSource !== undefined && others.pinValue !== undefined)
    throw refusal(where, "has both pin-source and pin-value");
  return {
    ...Object.fromEntries(Object.entries(others).map(([name, bytes]) => [name, decodeText(bytes, name, where)])),
    ...(id === undefined ? {} : { id }),
    ...(slotId === undefined ? {} : { slotId: parseSlotId(decodeText(slotId, "slot-id", where), where) }),
    ...(type === undefined ? {} : { type: parseType(decodeText(type, "type", where), where) }),
  };
}

type RawAttributes = Partial<Record<keyof Pkcs11Uri, Uint8Array>>;

function readAttributes(
  text: string,
  separator: string,
  members: Readonly<Record<string, keyof Pkcs11Uri>>,
  where: Text,
): RawAttributes {
  const attributes: RawAttributes = {};
  const seen = new Set<string>();
  for (const part of text.split(separator)) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals <= 0) throw refusal(where, "has an attribute without a name or a value");
    const name = part.slice(0, equals);
    if (seen.has(name)) throw refusal(where, `has the attribute ${name} twice`);
    seen.add(name);
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    const bytes = decodePercent(part.slice(equals + 1));
    if (bytes === undefined) throw refusal(where, `has a broken percent escape in ${name}`);
    if (member !== undefined) attributes[member] = bytes;
  }
  return attributes;
}

function decodePercent(text: string): Uint8Array | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return Buffer.concat(
    text
      .split(/(%[0-9A-Fa-f]{2})/)
      .map((piece, index) => Buffer.from(index % 2 === 1 ? piece.slice(1) : piece, index % 2 === 1 ? "hex" : "utf8")),
  );
}

function decodeText(bytes: Uint8Array, name: string, where: Text): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal(where, `has a value of ${name} that is not UTF-8`);
  }
}

function parseSlotId(text: string, where: Text): bigint {
  if (!/^\d{1,20}$/.test(text)) throw refusal(where, "has a slot-id that is not a decimal number");
  return BigInt(text);
}

function parseType(text: string, where: Text): Pkcs11ObjectType {
  const type = objectTypes.find((known) => known === text);
  if (type === undefined) throw refusal(where, `has the type "${text}", expected one of ${objectTypes.join(", ")}`);
  return type;
}

function refusal(where: Text, what: string): UsageError {
  return new UsageError("ERR_SETTING", message`the pkcs11: URI of ${where} ${what}`, {
    hints: ["write it like pkcs11:token=TOKEN;object=LABEL;id=%01, see RFC 7512"],
  });
}

/** Formats the URI with its attributes in a fixed order, without PIN and module. */
export function formatPkcs11Uri(uri: Pkcs11Uri): string {
  const attributes = Object.entries(pathMembers).flatMap(([name, member]) => {
    const value = uri[member];
    if (value === undefined) return [];
    if (value instanceof Uint8Array) return [`${name}=${encodeBytes(value)}`];
    return [`${name}=${encodeText(String(value))}`];
  });
  return `pkcs11:${attributes.join(";")}`;
}

function encodeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** Escapes all but letters, digits and what RFC 7512 allows in a path attribute. */
function encodeText(text: string): string {
  return Array.from(text, (character) =>
    /^[A-Za-z0-9\-._~:[\]@!$'()*+,=&]$/.test(character) ? character : encodeBytes(Buffer.from(character, "utf8")),
  ).join("");
}
