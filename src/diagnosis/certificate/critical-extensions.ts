import { elementsOf, oidOf, tags } from "../../identity/asn1/der.js";
import { readExtensions, readStructure } from "../../identity/certificate/structure.js";

/** Extensions that RFC 5280 requires all readers to support, and its extensions for policies. */
const understood: ReadonlySet<string> = new Set([15, 17, 19, 30, 32, 33, 36, 37, 54].map((last) => `2.5.29.${last}`));

/**
 * Finds critical extensions that a reader is unlikely to know, by object identifier. A reader must reject such a
 * certificate.
 *
 * @throws Asn1Error
 * @see RFC 5280 section 4.2
 */
export function findUnknownCritical(der: Uint8Array): readonly string[] {
  return readExtensions(readStructure(der))
    .filter(({ oid, critical }) => critical && !understood.has(oid))
    .map(({ oid }) => oid);
}

const weakPssDigests: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.5": "MD5",
  "1.3.14.3.2.26": "SHA-1",
  "2.16.840.1.101.3.4.2.4": "SHA-224",
};

/**
 * Returns the digest of an RSASSA-PSS signature if it is weaker than SHA-256. The default is SHA-1.
 *
 * @throws Asn1Error
 * @see RFC 4055 section 3.1
 */
export function weakPssDigestOf(der: Uint8Array): string | undefined {
  const { signatureAlgorithm } = readStructure(der);
  const [, parameters] = signatureAlgorithm === undefined ? [] : elementsOf(signatureAlgorithm);
  const members = parameters?.tag === tags.sequence ? elementsOf(parameters) : [];
  const [hash] = members.flatMap((member) => (member.tag === 0xa0 ? elementsOf(member) : []));
  if (hash === undefined) return "SHA-1";
  const digest = oidOf(elementsOf(hash)[0], "digest");
  return Object.hasOwn(weakPssDigests, digest) ? weakPssDigests[digest] : undefined;
}
