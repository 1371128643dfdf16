import { digitalSignature, isIssuedBy, keyCertSign, readPemCertificates } from "./reader.js";
import type { ParsedCertificate } from "./reader.js";
import { formatName } from "./distinguished-name.js";
import { findForbiddenName } from "./name-constraints.js";
import { accessDenied, Refusal } from "../refusal.js";

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
 * Refuses a leaf without a path to the trust anchor over certificates of the chain. The chain may be in any order, and hold
 * the leaf and certificates of other paths.
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
  const others = chain.filter(({ der }) => ![leaf, ...anchors].some((known) => known.der.equals(der)));
  const issuer = await climb([leaf], others, anchors, now);
  if (issuer instanceof Refusal) throw issuer;
  return issuer;
}

/** @returns The next issuer on a path to an anchor, or why there is no path. */
async function climb(
  path: readonly [ParsedCertificate, ...ParsedCertificate[]],
  others: readonly ParsedCertificate[],
  anchors: readonly ParsedCertificate[],
  now: Date,
): Promise<ParsedCertificate | Refusal> {
  const current = path.at(-1) ?? path[0];
  let refusal: Refusal | undefined;
  for (const issuer of [...anchors, ...others]) {
    if (path.includes(issuer) || !(await isIssuedBy(current, issuer))) continue;
    const fault = findFault(issuer, path, now);
    const isAnchor = anchors.includes(issuer);
    if (fault === undefined && isAnchor) return issuer;
    const above = fault ?? (await climb([...path, issuer], others, anchors, now));
    if (!(above instanceof Refusal)) return issuer;
    refusal ??= above;
  }
  const names = anchors.map(({ subject }) => formatName(subject)).join(" or ");
  return (
    refusal ??
    untrusted(
      `neither the trust anchor (${names}) nor a certificate of the chain issued ${describe(current)}, whose issuer is ${formatName(current.issuer)}`,
    )
  );
}

function findFault(issuer: ParsedCertificate, path: readonly ParsedCertificate[], now: Date): Refusal | undefined {
  try {
    // Certificates that an authority issues to itself do not count (RFC 5280, section 4.2.1.9).
    const depth = path.slice(1).filter(({ issuerBytes, subjectBytes }) => !issuerBytes.equals(subjectBytes)).length;
    checkIssuer(issuer, depth, now);
    checkNames(issuer, path);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
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
