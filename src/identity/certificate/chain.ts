import { IdentityError } from "../../errors.js";
import type { Certificate } from "./parsed.js";

/** CreateSession takes no more in `X-Amz-X509-Chain`. */
const maximumIntermediates = 5;

/** A chain that CreateSession does not take for its length alone. */
export class ChainTooLongError extends IdentityError {
  constructor(length: number) {
    super("ERR_CHAIN", `the certificate chain has ${length} intermediates, expected at most ${maximumIntermediates}`, {
      hints: ["IAM Roles Anywhere takes five: use a trust anchor nearer to the leaf"],
    });
  }
}

export interface OrderedChain {
  /** The leaf's issuer first, each issued by the next; without leaf and root. */
  readonly chain: readonly Certificate[];
  /** What was offered and not used, with the reason, for the trace and for `check`. */
  readonly leftOut: readonly {
    readonly certificate: Certificate;
    readonly reason: "leaf" | "root" | "repeated" | "unrelated";
  }[];
}

/**
 * Builds the chain above a leaf out of certificates in any order, checking the signature of each link.
 *
 * @throws IdentityError `ERR_CHAIN` when more than five intermediates remain.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export function orderChain(leaf: Certificate, candidates: readonly Certificate[]): OrderedChain {
  const leftOut: { certificate: Certificate; reason: "leaf" | "root" | "repeated" | "unrelated" }[] = [];
  const pool = new Map<string, Certificate>();
  for (const certificate of candidates) {
    const fingerprint = certificate.x509.fingerprint256;
    if (fingerprint === leaf.x509.fingerprint256) leftOut.push({ certificate, reason: "leaf" });
    else if (pool.has(fingerprint)) leftOut.push({ certificate, reason: "repeated" });
    else if (isSelfIssued(certificate)) leftOut.push({ certificate, reason: "root" });
    else pool.set(fingerprint, certificate);
  }
  const chain: Certificate[] = [];
  for (let child: Certificate | undefined = leaf; child !== undefined;) {
    const issuer: Certificate | undefined = findIssuer(child, [...pool.values()]);
    if (issuer !== undefined) {
      chain.push(issuer);
      pool.delete(issuer.x509.fingerprint256);
    }
    child = issuer;
  }
  leftOut.push(...[...pool.values()].map((certificate) => ({ certificate, reason: "unrelated" as const })));
  if (chain.length > maximumIntermediates) throw new ChainTooLongError(chain.length);
  return { chain, leftOut };
}

function findIssuer(child: Certificate, pool: readonly Certificate[]): Certificate | undefined {
  return pool.find((candidate) => issued(candidate, child));
}

/** Name and signature both; the runtime throws on keys it does not know (ML-DSA), where the name has to do. */
export function issued(issuer: Certificate, child: Certificate): boolean {
  if (!child.x509.checkIssued(issuer.x509)) return false;
  try {
    return child.x509.verify(issuer.x509.publicKey);
  } catch {
    return true;
  }
}

function isSelfIssued({ x509 }: Certificate): boolean {
  return x509.subject !== undefined && x509.subject === x509.issuer;
}
