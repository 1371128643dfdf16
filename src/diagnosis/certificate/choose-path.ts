import type { Certificate } from "../../identity/certificate/parsed.js";
import { issued } from "../../identity/certificate/chain.js";
import { parseCertificateFields } from "../../identity/certificate/fields.js";
import { findPathFault } from "./path-rules.js";
import type { CertificatePath } from "./path-rules.js";

/**
 * The path that decides: of those to the trust anchor the first that breaks no rule, else the first; without an anchor the
 * first that goes as far as the chain does.
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

/** A chain has five certificates at most, so that all paths are few. */
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
