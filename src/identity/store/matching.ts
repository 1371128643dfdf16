import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { CertSelector } from "./selector.js";
import { parseCertificateNames } from "../certificate/names.js";
import type { Certificate } from "../certificate/parsed.js";
import { type DistinguishedName, formatGoName, hasSameAttributes, parseNameText } from "../asn1/distinguished-name.js";

/** Entry of a store, selected by its certificate. */
export interface StoreEntry {
  readonly certificate: Certificate;
}

/** Returns the entries that match. Reads a serial number as decimal only if none matches it as hexadecimal. */
export function matchEntries<Entry extends StoreEntry>(
  entries: readonly Entry[],
  selector: CertSelector,
): readonly Entry[] {
  const named = entries.filter(({ certificate }) => matchesNames(certificate, selector));
  const { serial } = selector;
  if (serial === undefined) return named;
  const found = named.filter(({ certificate }) => certificate.serialNumber === serial.hexadecimal);
  return found.length > 0 ? found : named.filter(({ certificate }) => certificate.serialNumber === serial.decimal);
}

function matchesNames({ der }: Certificate, { subject, issuer }: CertSelector): boolean {
  const names = parseCertificateNames(der);
  return matchesName(names.subject, subject) && matchesName(names.issuer, issuer);
}

function matchesName(name: DistinguishedName, wanted: string | undefined): boolean {
  if (wanted === undefined || formatGoName(name) === wanted) return true;
  const attributes = parseNameText(wanted);
  return attributes !== undefined && hasSameAttributes(attributes, name.flat());
}

/**
 * Returns the one entry that matches.
 *
 * @param where Names the store in errors, such as `folder "certs"`.
 * @throws IdentityError `ERR_CERTIFICATE` if none matches, or several do and `useLatestExpiring` is not set
 */
export function selectEntry<Entry extends StoreEntry>(
  entries: readonly Entry[],
  selector: CertSelector,
  useLatestExpiring: boolean,
  where: Text,
): Entry {
  const matching = matchEntries(entries, selector);
  const [first, ...others] = matching;
  if (first === undefined) {
    throw new IdentityError(
      "ERR_CERTIFICATE",
      message`no matching certificate with a private key in ${where}, of ${entries.length} there`,
      {
        hints:
          entries.length === 0
            ? ["check the store's name and whose store it is"]
            : entries.slice(0, 5).map(describeEntry),
      },
    );
  }
  if (others.length === 0) return first;
  if (useLatestExpiring) return matching.reduce((best, entry) => (endOf(entry) > endOf(best) ? entry : best));
  throw new IdentityError(
    "ERR_CERTIFICATE",
    message`multiple matching identities in ${where}: ${matching.length}, expected one`,
    {
      hints: [
        message`add the serial number to ${setting("cert-selector")}, or give ${setting("use-latest-expiring-certificate")}`,
        ...matching.slice(0, 5).map(describeEntry),
      ],
    },
  );
}

function endOf({ certificate }: StoreEntry): number {
  return Date.parse(certificate.x509.validTo);
}

/** Formats an entry on one line, to copy into a selector. */
function describeEntry({ certificate }: StoreEntry): string {
  const { subject } = parseCertificateNames(certificate.der);
  const serial = certificate.serialNumber.toString(16).toUpperCase();
  return `Key=x509Subject,Value=${formatGoName(subject)} Key=x509Serial,Value=${serial} ends ${certificate.x509.validTo}`;
}
