import { type DistinguishedName, parseName } from "../asn1/distinguished-name.js";
import { readStructure } from "./structure.js";

/** Parses subject and issuer of a certificate. @throws Asn1Error */
export function parseCertificateNames(der: Uint8Array): { subject: DistinguishedName; issuer: DistinguishedName } {
  const { subject, issuer } = readStructure(der);
  return { subject: parseName(subject), issuer: parseName(issuer) };
}
