import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin, type Origin } from "../../origin.js";

/** Selects a certificate of a store; an absent member matches everything. */
export interface CertSelector {
  readonly subject?: string;
  readonly issuer?: string;
  readonly serial?: SerialFilter;
}

/** Serial number as hexadecimal, as the official helper reads it, and as decimal if its digits allow that too. */
export interface SerialFilter {
  readonly hexadecimal: bigint;
  readonly decimal: bigint | undefined;
}

const members = { x509Subject: "subject", x509Issuer: "issuer", x509Serial: "serial" } as const;
const pair = /\s*Key=([^,=\s]*),Value=([^\n]*?)\s*(?=Key=|$)/y;
const example = message`${setting("cert-selector")} 'Key=x509Subject,Value=CN=Client'`;

/**
 * Parses the inline form, `Key=x509Subject,Value=… Key=x509Issuer,Value=… Key=x509Serial,Value=…`. Refuses an empty
 * text: it comes from an unset variable and does not mean everything.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseCertSelector(text: string, origin: Origin): CertSelector {
  if (text.trim() === "") throw refusal("the cert selector is empty", origin, message`write it as ${example}`);
  const pairs: (readonly [string, string])[] = [];
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match === null) throw refusal("unable to parse cert selector string", origin, message`write it as ${example}`);
    pairs.push([match[1] ?? "", (match[2] ?? "").trim()]);
  }
  return fromPairs(pairs, origin);
}

/**
 * Parses the content of a selector file: a JSON array of objects with the members Key and Value, in any letter case.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseCertSelectorFile(text: string, origin: Origin): CertSelector {
  const hint = 'write [{"Key": "x509Subject", "Value": "CN=Client"}]';
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw refusal("unable to parse JSON map entries", origin, hint, error);
  }
  if (entries === null) return {};
  if (!Array.isArray(entries)) throw refusal("unable to parse JSON map entries", origin, hint);
  return fromPairs(
    entries.map((entry: unknown) => {
      if (typeof entry !== "object" || entry === null) throw refusal("unable to parse JSON map entries", origin, hint);
      const fields = Object.fromEntries(
        Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value as unknown]),
      );
      const { key = "", value = "" } = fields;
      if (typeof key !== "string" || typeof value !== "string")
        throw refusal("unable to parse JSON map entries", origin, hint);
      return [key, value] as const;
    }),
    origin,
  );
}

function fromPairs(pairs: readonly (readonly [string, string])[], origin: Origin): CertSelector {
  const selector: { subject?: string; issuer?: string; serial?: SerialFilter } = {};
  const seen = new Set<string>();
  for (const [key, value] of pairs) {
    if (!Object.hasOwn(members, key))
      throw refusal(
        `cert selector contained invalid key "${key}"`,
        origin,
        `the keys are ${Object.keys(members).join(", ")}`,
      );
    if (seen.has(key)) {
      throw refusal(`duplicate ${key} keys can't be present in cert selector`, origin, "give each key once");
    }
    seen.add(key);
    if (value === "") continue;
    const member = members[key as keyof typeof members];
    if (member === "serial") selector.serial = parseSerial(value, origin);
    else selector[member] = value;
  }
  return selector;
}

/** Parses hexadecimal, with or without a sign, `0x` and colons or blanks between the bytes. */
function parseSerial(text: string, origin: Origin): SerialFilter {
  const match = /^([+-]?)(0[xX])?((?:[0-9A-Fa-f]+[: ])*[0-9A-Fa-f]+)$/.exec(text.trim());
  if (match === null) {
    throw refusal(
      `cert selector has the serial number "${text}", expected hexadecimal digits`,
      origin,
      "print it with: openssl x509 -in CERTIFICATE -noout -serial",
    );
  }
  const [, sign, prefix, digits = ""] = match;
  const compact = digits.replaceAll(/[: ]/g, "");
  const signed = (value: bigint) => (sign === "-" ? -value : value);
  const mayBeDecimal = prefix === undefined && compact === digits && /^\d+$/.test(compact);
  return {
    hexadecimal: signed(BigInt(`0x${compact}`)),
    decimal: mayBeDecimal ? signed(BigInt(compact)) : undefined,
  };
}

function refusal(problem: Text, origin: Origin, hint: Text, cause?: unknown): UsageError {
  return new UsageError("ERR_SETTING", message`${problem} (${describeOrigin(origin)})`, { hints: [hint], cause });
}
