import { createHash } from "node:crypto";
import { oneLine } from "../../printable.js";
import { oidOf, parseElement, sequenceOf } from "../asn1/der.js";
import type { Certificate } from "./parsed.js";
import { formatGoName, parseCertificateNames } from "../asn1/distinguished-name.js";
import { mldsaSetOf } from "../mldsa/key.js";
import { formatPkcs11Uri, type Pkcs11Uri } from "../pkcs11/uri.js";
import { publicKeyOf } from "./public-key.js";

const rsaOid = "1.2.840.113549.1.1.1";
const ecOid = "1.2.840.10045.2.1";
const hashes = ["SHA256", "SHA384", "SHA512"];

/** What the official helper prints of a certificate file: one line of JSON in its member order, without a line end. */
export function formatCertificateData(certificate: Certificate): string {
  const { keyType, supportedAlgorithms } = describeKey(certificate);
  return JSON.stringify({
    keyType,
    certificateData: Buffer.from(certificate.der).toString("base64"),
    serialNumber: certificate.serialNumber.toString(),
    supportedAlgorithms,
  });
}

function describeKey(certificate: Certificate): { keyType: string; supportedAlgorithms: readonly string[] } {
  const [algorithm] = sequenceOf(parseElement(publicKeyOf(certificate)), "public key");
  const oid = oidOf(sequenceOf(algorithm, "public key algorithm")[0], "public key algorithm");
  const set = mldsaSetOf(oid);
  if (set !== undefined) return { keyType: set, supportedAlgorithms: [set] };
  const keyType = { [rsaOid]: "RSA", [ecOid]: "EC" }[oid] ?? "";
  return { keyType, supportedAlgorithms: hashes.map((hash) => keyType + hash) };
}

/** A certificate of a store or token, for the list that the official helper prints. */
export interface ListedCertificate {
  readonly certificate: Certificate;
  readonly uri?: Pkcs11Uri;
}

/** The official helper's list of the certificates in a store or on a token. */
export function formatCertificateList(entries: readonly ListedCertificate[]): string {
  if (entries.length === 0) return "No matching identities\n";
  return `Matching identities\n${entries.map(formatListed).join("")}`;
}

function formatListed({ certificate, uri }: ListedCertificate, index: number): string {
  const { subject, issuer } = parseCertificateNames(certificate.der);
  const lines = [
    `${index + 1}) Hex Fingerprint: ${createHash("sha1").update(certificate.der).digest("hex")}`,
    `Subject: ${formatGoName(subject)}`,
    `Issuer: ${formatGoName(issuer)}`,
    `Serial Number: ${certificate.serialNumber.toString(16).toUpperCase()}`,
    ...(uri === undefined ? [] : [`URI: ${formatPkcs11Uri(uri)}`]),
    "",
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}
