import { accessDenied } from "../refusal.js";
import { formatName } from "./distinguished-name.js";
import type { ParsedCertificate } from "./reader.js";
import { isListOf, parseRevocationList } from "./revocation-list.js";
import type { RevocationList } from "./revocation-list.js";

const maxListBytes = 8 * 1024 * 1024;
const fetchTimeoutMs = 5000;

/**
 * Refuses a certificate that the list at one of its CRL distribution points revokes. A certificate without distribution
 * points passes. AWS does not document what happens if no list can be used: here the certificate is refused.
 *
 * @throws Refusal
 */
export async function checkRevocation(leaf: ParsedCertificate, issuer: ParsedCertificate, now: Date): Promise<void> {
  const faults: string[] = [];
  for (const url of leaf.revocationPoints) {
    const list = await readList(url, issuer, now);
    if (typeof list === "string") {
      faults.push(`${url} ${list}`);
      continue;
    }
    if (!list.serials.has(leaf.serial)) return;
    throw untrusted("Certificate is revoked", `${formatName(leaf.subject)} is on the revocation list at ${url}`);
  }
  if (faults.length > 0) throw untrusted("Revocation status could not be determined", faults.join("; "));
}

/** @returns The list, or why it cannot be used. */
async function readList(url: string, issuer: ParsedCertificate, now: Date): Promise<RevocationList | string> {
  if (!url.startsWith("http://")) return "is not an http URL";
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: "error" });
    if (!response.ok) return `answers with status ${response.status}`;
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > maxListBytes) return `has more than ${maxListBytes} bytes`;
    const list = parseRevocationList(bytes);
    if (!(await isListOf(list, issuer))) return `is not signed by ${formatName(issuer.subject)}`;
    if (list.nextUpdate !== undefined && list.nextUpdate < now) return `expired at ${list.nextUpdate.toISOString()}`;
    return list;
  } catch (error) {
    return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  }
}

function untrusted(message: string, reason: string) {
  return accessDenied(`Untrusted certificate. ${message}`, reason);
}
