import { elementsOf, parseElement, tags } from "../asn1/der.js";
import { readValidity } from "./fields.js";
import type { Certificate } from "./parsed.js";
import { readExtension } from "./structure.js";

/** CreateSession accepts no more in `X-Amz-X509-Chain`. */
export const maxIntermediates = 5;

export interface LeftOut {
  readonly certificate: Certificate;
  readonly reason: "leaf" | "root" | "repeated" | "unrelated" | "expired" | "beyond five";
}

export interface OrderedChain {
  /** The leaf's issuer first, without leaf and roots; at most five. Certificates of other paths follow the first path. */
  readonly chain: readonly Certificate[];
  /** Certificates that were offered but not used, for the trace and for `check`. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Picks the certificates above a leaf from certificates in any order. Names and signatures decide which issued which;
 * key identifiers are hints that certificate authorities get wrong (RFC 5280, section 4.2.1.1). Only the service knows
 * which of several paths leads to the trust anchor, so all are sent if they fit in five, else the shortest to an
 * offered root, then those nearest to the leaf. An expired certificate is never sent: its key and name may be the
 * anchor's.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export function orderChain(leaf: Certificate, candidates: readonly Certificate[], now: Date): OrderedChain {
  const leftOut: LeftOut[] = [];
  const offered = new Map<string, Certificate>();
  for (const certificate of candidates) {
    const fingerprint = certificate.x509.fingerprint256;
    if (fingerprint === leaf.x509.fingerprint256) leftOut.push({ certificate, reason: "leaf" });
    else if (offered.has(fingerprint)) leftOut.push({ certificate, reason: "repeated" });
    else offered.set(fingerprint, certificate);
  }
  const all = [...offered.values()];
  const roots = all.filter(isRoot);
  const reached = reach(
    leaf,
    rank(
      all.filter((certificate) => !roots.includes(certificate)),
      now,
    ),
  );
  const sent = prefer(reached, roots).slice(0, maxIntermediates);
  const below = [leaf, ...reached.map(({ certificate }) => certificate)];
  const reasonFor = (certificate: Certificate): LeftOut["reason"] => {
    if (roots.includes(certificate)) return "root";
    if (below.includes(certificate)) return "beyond five";
    const isNeeded = below.some((child) => issued(certificate, child));
    return isNeeded && hasExpired(certificate, now) ? "expired" : "unrelated";
  };
  for (const certificate of all)
    if (!sent.includes(certificate)) leftOut.push({ certificate, reason: reasonFor(certificate) });
  return { chain: sent, leftOut };
}

/** Tells whether the certificate is self-signed. An authority that changes its key also issues to its own name. */
function isRoot(certificate: Certificate): boolean {
  return hasName(certificate, certificate) && (verifies(certificate, certificate) ?? namesOwnKey(certificate));
}

/** Tells whether the key identifiers show a self-signed certificate; also true if one is absent. */
function namesOwnKey({ der }: Certificate): boolean {
  const [own, issuer] = ["2.5.29.14", "2.5.29.35"].map((oid) => readExtension(der, oid)).map(keyIdentifierIn);
  return own === undefined || issuer === undefined || own.equals(issuer);
}

function keyIdentifierIn(extension: Uint8Array | undefined): Buffer | undefined {
  if (extension === undefined) return undefined;
  const value = parseElement(extension);
  const identifier = value.tag === tags.octetString ? value : elementsOf(value).find(({ tag }) => tag === 0x80);
  return identifier === undefined ? undefined : Buffer.from(identifier.content);
}

/** Returns the usable issuers, best first: authorities before others, then those that expire last. */
function rank(certificates: readonly Certificate[], now: Date): readonly Certificate[] {
  return certificates
    .map((certificate) => ({ certificate, ...readValidity(certificate.der) }))
    .filter(({ notAfter }) => notAfter >= now)
    .sort(
      (one, other) =>
        Number(other.certificate.x509.ca) - Number(one.certificate.x509.ca) ||
        Number(one.notBefore > now) - Number(other.notBefore > now) ||
        other.notAfter.getTime() - one.notAfter.getTime(),
    )
    .map(({ certificate }) => certificate);
}

/** Certificate above the leaf, with the shortest path to it. */
interface Step {
  readonly certificate: Certificate;
  /** From the leaf's issuer to the certificate itself. */
  readonly path: readonly Certificate[];
  /** Whether no offered certificate issued it, roots aside. */
  isTop: boolean;
}

/** Returns every certificate above the leaf, nearest first. */
function reach(leaf: Certificate, issuers: readonly Certificate[]): readonly Step[] {
  const steps: Step[] = [];
  const waiting: Step[] = [{ certificate: leaf, path: [], isTop: true }];
  for (const step of waiting) {
    const found = issuers.filter((issuer) => issuer !== step.certificate && issued(issuer, step.certificate));
    step.isTop = found.length === 0;
    for (const certificate of found) {
      if (steps.some((one) => one.certificate === certificate)) continue;
      const next = { certificate, path: [...step.path, certificate], isTop: true };
      steps.push(next);
      waiting.push(next);
    }
  }
  return steps;
}

/** Orders the paths: those to offered roots first, else those to the top, then the rest; each certificate once. */
function prefer(steps: readonly Step[], roots: readonly Certificate[]): readonly Certificate[] {
  const ends = steps.filter(({ certificate }) => roots.some((root) => issued(root, certificate)));
  const tops = ends.length === 0 ? steps.filter(({ isTop }) => isTop) : ends;
  return [...new Set([...tops.flatMap(({ path }) => path), ...steps.map(({ certificate }) => certificate)])];
}

/** Tells whether name and signature match. Where the runtime cannot verify (ML-DSA), the name decides. */
export function issued(issuer: Certificate, child: Certificate): boolean {
  return hasName(issuer, child) && verifies(issuer, child) !== false;
}

function hasName(issuer: Certificate, child: Certificate): boolean {
  return normalized(issuer.x509.subject) === normalized(child.x509.issuer);
}

/** @returns undefined if the runtime does not know the key */
function verifies(issuer: Certificate, child: Certificate): boolean | undefined {
  try {
    return child.x509.verify(issuer.x509.publicKey);
  } catch {
    return undefined;
  }
}

/** Ignores letter case and spacing of names (RFC 5280, section 7.1). */
function normalized(name: string | undefined): string {
  return (name ?? "").toLowerCase().replaceAll(/[ \t]+/g, " ");
}

function hasExpired({ der }: Certificate, now: Date): boolean {
  return readValidity(der).notAfter < now;
}
