import { children, decode, decodeOid, DerError, tags } from "./der.js";
import type { DerElement } from "./der.js";

/** Digests weaker than SHA-256, which the service refuses according to its documentation, by signature algorithm. */
const weakSignatures: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.2", "MD2"],
  ["1.2.840.113549.1.1.4", "MD5"],
  ["1.2.840.113549.1.1.5", "SHA-1"],
  ["1.2.840.113549.1.1.14", "SHA-224"],
  ["1.2.840.10045.4.1", "SHA-1"],
  ["1.2.840.10045.4.3.1", "SHA-224"],
]);

const pss = "1.2.840.113549.1.1.10";
const ecKey = "1.2.840.10045.2.1";

const digests: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.2.5", "MD5"],
  ["1.3.14.3.2.26", "SHA-1"],
  ["2.16.840.1.101.3.4.2.4", "SHA-224"],
]);

const curves: ReadonlySet<string> = new Set(["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"]);

/** The digest of a signature algorithm, if it is weaker than SHA-256. */
export function weakDigestOf(identifier: DerElement): string | undefined {
  const [id, parameters] = children(identifier);
  if (id === undefined) throw new DerError("algorithm without identifier");
  const oid = decodeOid(id);
  return oid === pss ? weakPssDigest(parameters) : weakSignatures.get(oid);
}

/** RFC 4055 section 3.1: an omitted hash parameter means SHA-1. */
function weakPssDigest(parameters: DerElement | undefined): string | undefined {
  const members = parameters?.tag === tags.sequence ? children(parameters) : [];
  const hash = members.find(({ tag }) => tag === 0xa0);
  if (hash === undefined) return "SHA-1";
  const [id] = children(decode(hash.content));
  if (id === undefined) throw new DerError("digest without identifier");
  return digests.get(decodeOid(id));
}

/** Describes an unsupported elliptic curve; undefined for P-256, P-384, P-521 and other kinds of keys. */
export function strangeCurveOf(keyAlgorithm: DerElement): string | undefined {
  const [id, curve] = children(keyAlgorithm);
  if (id === undefined || decodeOid(id) !== ecKey) return undefined;
  if (curve?.tag !== tags.oid) return "its curve has no name";
  const name = decodeOid(curve);
  return curves.has(name) ? undefined : `its curve ${name} is not P-256, P-384 or P-521`;
}
