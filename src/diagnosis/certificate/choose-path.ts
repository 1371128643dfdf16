import type { Certificate } from "../../identity/certificate/parsed.js";
import { issued } from "../../identity/certificate/chain.js";
import { parseCertificateFields } from "../../identity/certificate/fields.js";
import { findPathFault } from "./path-rules.js";
import type { CertificatePath } from "./path-rules.js";

/**
 * Chooses the path to check: the first path to the trust anchor that breaks no rule, else the first path to it. If no
 * path leads to the trust anchor, all paths count.
 */
export function choosePath(
  leaf: Certificate,
  chain: readonly Certificate[],
  anchors: readonly Certificate[],
  now: Date,
): CertificatePath {
  const paths = climb([leaf], chain, anchors);
  const anchored = paths.filter((path) => anchors.includes(path.at(-1) ?? leaf));
  const candidates = anchored.length === 0 ? paths : anchored;
  const isSound = (path: CertificatePath) =>
    findPathFault(path) === undefined && path.slice(1).every((certificate) => isWithinValidity(certificate, now));
  return candidates.find(isSound) ?? candidates[0] ?? [leaf];
}

/** Returns all paths that extend `path`. They are few, since a chain has at most five certificates. */
function climb(
  path: CertificatePath,
  chain: readonly Certificate[],
  anchors: readonly Certificate[],
): readonly CertificatePath[] {
  const current = path.at(-1) ?? path[0];
  const issuers = [...anchors, ...chain].filter((issuer) => !path.includes(issuer) && issued(issuer, current));
  if (issuers.length === 0) return [path];
  return issuers.flatMap((issuer) => {
    const longer: CertificatePath = [...path, issuer];
    return anchors.includes(issuer)
      ? [longer, ...climb(longer, chain, anchors).filter((found) => found.length > longer.length)]
      : climb(longer, chain, anchors);
  });
}

export function isWithinValidity({ der }: Certificate, now: Date): boolean {
  const { notBefore, notAfter } = parseCertificateFields(der);
  return now >= notBefore && now <= notAfter;
}
