import type { Certificate } from "../identity/certificate/parsed.js";
import { parseCertificateNames } from "../identity/certificate/names.js";
import type { DistinguishedName } from "../identity/asn1/distinguished-name.js";
import { readSubjectAlternativeNames } from "./certificate/alternative-names.js";
import type { Finding } from "./finding.js";
import { pass, warn } from "./finding.js";

/** A session tag that the service derives from the certificate; trust policies see it as `aws:PrincipalTag/KEY`. */
export interface SessionTag {
  readonly key: string;
  readonly value: string;
}

const attributeKeys: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "SERIALNUMBER",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "T",
  "2.5.4.17": "POSTALCODE",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "EMAIL",
};

/** Tag values that STS accepts. The service drops other values. */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/**
 * Derives tags by the default attribute mapping: subject, issuer, and the first DNS name, URI and directory name of the
 * subject alternative name. Repeated attributes are joined with `/`.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping.html
 */
export function deriveSessionTags({ der }: Pick<Certificate, "der">): readonly SessionTag[] {
  const { subject, issuer } = parseCertificateNames(der);
  const names = readSubjectAlternativeNames(der);
  return [
    ...tagsOfName("x509Subject", subject),
    ...tagsOfName("x509Issuer", issuer),
    ...(names.dns === undefined ? [] : [{ key: "x509SAN/DNS", value: names.dns }]),
    ...(names.uri === undefined ? [] : [{ key: "x509SAN/URI", value: names.uri }]),
    ...(names.directoryName === undefined ? [] : tagsOfName("x509SAN/Name", names.directoryName)),
  ];
}

export function isAcceptedTagValue(value: string): boolean {
  return tagValue.test(value);
}

/** Reports the tags, with a warning about values that the service drops silently. */
export function checkSessionTags(leaf: Certificate, name: string): Finding {
  const tags = deriveSessionTags(leaf);
  const dropped = tags.filter(({ value }) => !isAcceptedTagValue(value));
  const list = tags.map(({ key, value }) => `${key}=${value}`).join("; ");
  if (dropped.length === 0) return pass("SESSION_TAGS", name, list);
  const faults = dropped.map(({ key, value }) => `${key} (${refusedCharacters(value)})`).join(", ");
  return warn(
    "SESSION_TAGS",
    name,
    `${list}; dropped by AWS: ${faults}`,
    "do not let a trust policy depend on these; session tags take letters, digits, spaces and _ . : / = + - @",
  );
}

function refusedCharacters(value: string): string {
  const refused = [...new Set(Array.from(value).filter((char) => !isAcceptedTagValue(char)))];
  return refused.length === 0 ? "too long" : refused.map((char) => `"${char}"`).join(" ");
}

function tagsOfName(prefix: string, name: DistinguishedName): readonly SessionTag[] {
  const values = new Map<string, string[]>();
  for (const { type, value } of name.flat()) {
    const key = `${prefix}/${Object.hasOwn(attributeKeys, type) ? attributeKeys[type] : type}`;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return [...values].map(([key, list]) => ({ key, value: list.join("/") }));
}
