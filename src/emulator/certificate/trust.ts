import { digitalSignature, isIssuedBy, keyCertSign, readPemCertificates } from "./reader.js";
import type { ParsedCertificate } from "./reader.js";
import { formatName } from "./distinguished-name.js";
import { findForbiddenName } from "./name-constraints.js";
import { accessDenied } from "../refusal.js";

/**
 * Refuses an end-entity certificate that the service does not accept from any issuer.
 *
 * @throws Refusal
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export function checkLeaf(leaf: ParsedCertificate, now: Date): void {
  const insufficient = (reason: string) => accessDenied("Untrusted certificate. Insufficient certificate", reason);
  if (leaf.version !== 3) throw insufficient(`the certificate has version ${leaf.version}, expected 3`);
  if (leaf.authority) throw insufficient("the certificate is one of a certificate authority (CA:TRUE)");
  if (leaf.keyUsage === undefined) throw insufficient("the certificate has no keyUsage extension");
  if (!leaf.keyUsage.has(digitalSignature)) throw insufficient("keyUsage lacks digitalSignature");
  if (leaf.subject.length === 0) throw insufficient("the certificate's subject is empty");
  checkCertificate(leaf, now);
}

/**
 * Refuses a leaf without a chain to the trust anchor: the next certificate must have issued each one, and the anchor the
 * last one.
 *
 * @param anchorPem The anchor's certificate bundle.
 * @returns The issuer of the leaf.
 * @throws Refusal
 */
export async function checkChain(
  leaf: ParsedCertificate,
  chain: readonly ParsedCertificate[],
  anchorPem: string,
  now: Date,
): Promise<ParsedCertificate> {
  const anchors = readPemCertificates(anchorPem);
  const above = chain.filter(({ der }) => !anchors.some((anchor) => anchor.der.equals(der)));
  const path = [leaf];
  let current = leaf;
  for (const [depth, issuer] of above.entries()) {
    if (!(await isIssuedBy(current, issuer))) {
      throw untrusted(
        `certificate ${depth + 1} of the chain (${formatName(issuer.subject)}) did not issue ${describe(current)}`,
      );
    }
    checkIssuer(issuer, depth, now);
    checkNames(issuer, path);
    path.push(issuer);
    current = issuer;
  }
  const anchor = await findIssuer(current, anchors);
  if (anchor === undefined) {
    const names = anchors.map(({ subject }) => formatName(subject)).join(" or ");
    throw untrusted(
      `the trust anchor (${names}) did not issue ${describe(current)}, whose issuer is ${formatName(current.issuer)}`,
    );
  }
  checkIssuer(anchor, above.length, now);
  checkNames(anchor, path);
  return above[0] ?? anchor;
}

/** All names below an authority must be within its constraints, except those of the renewed authority itself. */
function checkNames(issuer: ParsedCertificate, below: readonly ParsedCertificate[]): void {
  if (issuer.nameConstraints === undefined) return;
  for (const [index, certificate] of below.entries()) {
    if (index > 0 && certificate.issuerBytes.equals(certificate.subjectBytes)) continue;
    const forbidden = findForbiddenName(issuer.nameConstraints, certificate);
    if (forbidden === undefined) continue;
    throw untrusted(
      `${formatName(issuer.subject)} may not issue ${describe(certificate)} (nameConstraints): ${forbidden}`,
    );
  }
}

async function findIssuer(
  certificate: ParsedCertificate,
  candidates: readonly ParsedCertificate[],
): Promise<ParsedCertificate | undefined> {
  for (const candidate of candidates) if (await isIssuedBy(certificate, candidate)) return candidate;
  return undefined;
}

/** @param depth The number of certificate authorities between this one and the leaf. */
function checkIssuer(issuer: ParsedCertificate, depth: number, now: Date): void {
  const name = formatName(issuer.subject);
  if (!issuer.authority) throw untrusted(`${name} issued a certificate but is not a certificate authority`);
  if (issuer.keyUsage?.has(keyCertSign) === false) throw untrusted(`${name} may not sign certificates (keyUsage)`);
  if (issuer.pathLength !== undefined && depth > issuer.pathLength) {
    throw untrusted(`${name} allows ${issuer.pathLength} authorities below it, found ${depth}`);
  }
  checkCertificate(issuer, now);
}

function checkCertificate(certificate: ParsedCertificate, now: Date): void {
  const { weakDigest, strangeCurve, unknownCritical } = certificate;
  const faults = [
    ...(weakDigest === undefined ? [] : [`is signed with ${weakDigest}`]),
    ...(strangeCurve === undefined ? [] : [`has a key that the service does not take: ${strangeCurve}`]),
    ...(unknownCritical.length === 0
      ? []
      : [`has a critical extension that is unknown: ${unknownCritical.join(", ")}`]),
  ];
  if (faults.length > 0) {
    throw accessDenied(
      "Untrusted certificate. Insufficient certificate",
      `${describe(certificate)} ${faults.join(" and ")}`,
    );
  }
  if (now < certificate.notBefore) {
    const since = certificate.notBefore.toISOString();
    throw accessDenied(
      "Untrusted certificate. Certificate is not yet valid",
      `${describe(certificate)} is valid from ${since}`,
    );
  }
  if (now > certificate.notAfter) {
    const until = certificate.notAfter.toISOString();
    throw accessDenied(
      "Untrusted certificate. Certificate has expired",
      `${describe(certificate)} was valid until ${until}`,
    );
  }
}

function untrusted(reason: string) {
  return accessDenied("Untrusted signing certificate", reason);
}

function describe({ subject }: ParsedCertificate): string {
  return `the certificate of ${subject.length === 0 ? "nobody" : formatName(subject)}`;
}
