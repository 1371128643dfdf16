import { X509Certificate } from "node:crypto";
import { refuseDamage } from "./fields.js";

/** A parsed certificate. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  /** May be larger than any machine integer, and negative in malformed certificates. */
  readonly serialNumber: bigint;
}

/** Formats the subject on one line, for messages. */
export function nameOf({ x509 }: Certificate): string {
  return x509.subject?.replaceAll("\n", ", ") ?? "(no subject)";
}

/** Parses a certificate of a list that this program did not choose: returns undefined for a damaged one. */
export function tryCertificateFromDer(der: Uint8Array): Certificate | undefined {
  try {
    return certificateFromDer(der);
  } catch {
    return undefined;
  }
}

/** @throws Error if the bytes are not a certificate; callers turn it into an IdentityError that names the source. */
export function certificateFromDer(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der);
  refuseDamage(x509.raw);
  const hex = x509.serialNumber;
  const serialNumber = hex.startsWith("-") ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`);
  return { der: x509.raw, x509, serialNumber };
}
