import { elementsOf, parseElement, tags } from "../../identity/asn1/der.js";
import { readExtension } from "../../identity/certificate/structure.js";

const uriTag = 0x86;

/**
 * Returns the URLs of the revocation lists that a certificate names.
 *
 * @throws Asn1Error
 * @see RFC 5280 section 4.2.1.13
 */
export function readRevocationPoints(der: Uint8Array): readonly string[] {
  const value = readExtension(der, "2.5.29.31");
  if (value === undefined) return [];
  return elementsOf(parseElement(value)).flatMap((point) => {
    const name = elementsOf(point).find(({ tag }) => tag === tags.context0);
    const [fullName] = name === undefined ? [] : elementsOf(name);
    if (fullName?.tag !== tags.context0) return [];
    return elementsOf(fullName)
      .filter(({ tag }) => tag === uriTag)
      .map(({ content }) => Buffer.from(content).toString("latin1"));
  });
}
