import { createHash } from "node:crypto";
import { oneLine } from "../../printable.js";
import type { Certificate } from "./parsed.js";
import { ecKeyOid } from "../asn1/ec-curve.js";
import { formatGoName } from "../asn1/distinguished-name.js";
import { mldsaSetOf } from "../mldsa/key.js";
import { parseCertificateNames } from "./names.js";
import { algorithmOfPublicKey, readStructure } from "./structure.js";

const rsaOid = "1.2.840.113549.1.1.1";
const hashes = ["SHA256", "SHA384", "SHA512"];

/** Formats a certificate file like the official helper: one line of JSON in its member order, without a line end. */
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
  const oid = algorithmOfPublicKey(readStructure(certificate.der).publicKey);
  const set = mldsaSetOf(oid);
  if (set !== undefined) return { keyType: set, supportedAlgorithms: [set] };
  const keyType = { [rsaOid]: "RSA", [ecKeyOid]: "EC" }[oid] ?? "";
  return { keyType, supportedAlgorithms: hashes.map((hash) => keyType + hash) };
}

/** Certificate of a store or token, for the list. */
export interface ListedCertificate {
  readonly certificate: Certificate;
  /** Selects this certificate alone. */
  readonly uri?: string;
}

/** Formats the certificates of a store or token as the official helper lists them. */
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
    ...(uri === undefined ? [] : [`URI: ${uri}`]),
    "",
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}
