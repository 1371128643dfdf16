import { readExtension } from "../../identity/certificate/structure.js";
import { elementsOf, parseElement } from "../../identity/asn1/der.js";
import { parseName } from "../../identity/asn1/distinguished-name.js";
import type { DistinguishedName } from "../../identity/asn1/distinguished-name.js";

/** The first name of each kind that the service maps to a session tag. */
export interface AlternativeNames {
  readonly dns: string | undefined;
  readonly uri: string | undefined;
  readonly directoryName: DistinguishedName | undefined;
}

const generalNames = { dns: 0x82, directoryName: 0xa4, uri: 0x86 } as const;

/** @see RFC 5280 section 4.2.1.6 */
export function readSubjectAlternativeNames(der: Uint8Array): AlternativeNames {
  const value = readExtension(der, "2.5.29.17");
  const names = value === undefined ? [] : elementsOf(parseElement(value));
  const first = (tag: number) => names.find((name) => name.tag === tag)?.content;
  const text = (tag: number) => {
    const content = first(tag);
    return content === undefined ? undefined : Buffer.from(content).toString("latin1");
  };
  const directoryName = first(generalNames.directoryName);
  return {
    dns: text(generalNames.dns),
    uri: text(generalNames.uri),
    directoryName: directoryName === undefined ? undefined : parseName(parseElement(directoryName)),
  };
}
