import { nameOf } from "../../identity/certificate/parsed.js";
import type { Certificate } from "../../identity/certificate/parsed.js";
import { parseCertificateFields } from "../../identity/certificate/fields.js";
import type { CertificateFields } from "../../identity/certificate/fields.js";
import { readStructure } from "../../identity/certificate/structure.js";
import { findUnknownCritical } from "./critical-extensions.js";
import type { Finding } from "../finding.js";
import { fail, pass, skip } from "../finding.js";
import type { FindingCode } from "../finding-codes.js";
import { findForbiddenName } from "./name-constraints.js";
import { checkKeyType, checkSignature } from "./rules.js";

/** The leaf, its issuer and so on; the certificate of the trust anchor last, if it is known. */
export type CertificatePath = readonly [Certificate, ...Certificate[]];

interface Link {
  readonly authority: Certificate;
  readonly fields: CertificateFields;
  /** All certificates below, the leaf first. */
  readonly below: readonly [Certificate, ...Certificate[]];
}

interface Rule {
  readonly code: FindingCode;
  readonly kept: string;
  readonly hint: string;
  /** Describes what is wrong with the authority; undefined if nothing is. */
  readonly fault: (link: Link) => string | undefined;
}

const subject = "certificate chain";

/** Rules of RFC 5280 for the certificates above the leaf. */
export const pathRules: readonly Rule[] = [
  {
    code: "CHAIN_AUTHORITY",
    kept: "every issuer is a certificate authority that may sign certificates",
    hint: "have that authority issued anew as version 3 with CA:TRUE and keyCertSign, or take another chain",
    fault({ fields: { version, basicConstraints, keyUsage } }) {
      if (version !== 3) return `issued a certificate, but is X.509 v${version}: expected v3 with CA:TRUE`;
      if (basicConstraints === undefined) return "issued a certificate, but has no basicConstraints: expected CA:TRUE";
      if (!basicConstraints.ca) return "issued a certificate, but is not a certificate authority (CA:FALSE)";
      if (keyUsage?.includes("keyCertSign") === false)
        return `issued a certificate, but has keyUsage ${keyUsage.join(", ")}: expected keyCertSign among them`;
      return undefined;
    },
  },
  {
    code: "CHAIN_PATH_LENGTH",
    kept: "no path length is exceeded",
    hint: "issue the leaf by an authority nearer to that one, or have that one issued with a larger pathlen",
    fault({ fields: { basicConstraints }, below }) {
      // Self-issued certificates do not count (RFC 5280, section 4.2.1.9).
      const found = below.slice(1).filter((certificate) => !isSelfIssued(certificate)).length;
      const allowed = basicConstraints?.pathLength;
      if (allowed === undefined || found <= allowed) return undefined;
      return `allows ${allowed} authorities below it (pathlen), found ${found}`;
    },
  },
  {
    code: "CHAIN_NAMES",
    kept: "names agree, and no name constraint is broken",
    hint: "issue the certificate for a name that the authority may give, with the authority's subject as its issuer byte by byte",
    fault: ({ authority, below }) => findNameFault(authority, below),
  },
  {
    code: "CHAIN_EXTENSIONS",
    kept: "no critical extension of an unknown kind",
    hint: "have that authority issued anew without it, or with it marked as not critical",
    fault({ authority }) {
      const unknown = findUnknownCritical(authority.der);
      return unknown.length === 0 ? undefined : `has the critical extension ${unknown.join(", ")}, which is unknown`;
    },
  },
  {
    code: "CHAIN_SIGNATURE",
    kept: "SHA-256 or stronger, with keys that the service takes",
    hint: "replace that authority by one with SHA-256 and a key of RSA, P-256, P-384 or P-521",
    fault({ authority, fields }) {
      const certificate = { certificate: authority, fields, name: nameOf(authority) };
      const faults = [checkSignature(certificate), checkKeyType(certificate)].filter(({ level }) => level === "fail");
      return faults.length === 0 ? undefined : faults.map(({ message }) => message).join("; ");
    },
  },
];

/** Returns the first fault of the authorities in a path, in the order of the rules. */
export function findPathFault(path: CertificatePath): string | undefined {
  const links = linksOf(path);
  return pathRules.flatMap(({ fault }) => links.map(fault)).find((found) => found !== undefined);
}

/** Checks one rule. A failure names the lowest authority that breaks it. */
export function checkPathRule({ code, kept, hint, fault }: Rule, path: CertificatePath): Finding {
  const links = linksOf(path);
  if (links.length === 0) return skip(code, subject, "no intermediates, and no trust anchor at hand");
  for (const link of links) {
    const found = fault(link);
    if (found !== undefined) return fail(code, nameOf(link.authority), found, hint);
  }
  return pass(code, subject, kept);
}

function linksOf([leaf, ...authorities]: CertificatePath): readonly Link[] {
  return authorities.map((authority, index) => ({
    authority,
    fields: parseCertificateFields(authority.der),
    below: [leaf, ...authorities.slice(0, index)],
  }));
}

function findNameFault(authority: Certificate, below: Link["below"]): string | undefined {
  const child = below.at(-1) ?? below[0];
  const [issuerName, subjectName] = [readStructure(child.der).issuer, readStructure(authority.der).subject];
  if (issuerName === undefined || subjectName === undefined || !Buffer.from(issuerName.raw).equals(subjectName.raw))
    return `has its name in another encoding than the issuer name of ${nameOf(child)}: expected the same bytes (what AWS says of it is not known)`;
  for (const [index, certificate] of below.entries()) {
    // Name constraints do not apply to a self-issued authority, such as a renewed one.
    if (index > 0 && isSelfIssued(certificate)) continue;
    const forbidden = findForbiddenName(authority.der, certificate.der);
    if (forbidden !== undefined) return `may not issue ${nameOf(certificate)} (nameConstraints): ${forbidden}`;
  }
  return undefined;
}

function isSelfIssued({ der }: Certificate): boolean {
  const { issuer, subject: own } = readStructure(der);
  return issuer !== undefined && own !== undefined && Buffer.from(issuer.raw).equals(own.raw);
}
