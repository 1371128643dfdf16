import { type Certificate, nameOf } from "../../identity/certificate/parsed.js";
import { issued, maxIntermediates } from "../../identity/certificate/chain.js";
import type { LeftOut } from "../../identity/certificate/chain.js";
import { parseCertificateFields } from "../../identity/certificate/fields.js";
import { isWithinValidity } from "./choose-path.js";
import type { Identity } from "../../identity/identity.js";
import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";

const reasons = {
  leaf: "the leaf itself",
  root: "a root, which the service has",
  repeated: "a repetition",
  unrelated: "no issuer in this chain",
  expired: "expired",
  "beyond five": "the service takes five",
} as const satisfies Record<LeftOut["reason"], string>;

/** Reports which certificates are sent as the chain, and which ones are left out. */
export function describeChain({ leaf, chain, leftOut }: Identity): Finding {
  const top = chain.at(-1) ?? leaf;
  const sent = chain.length === 0 ? "no intermediates are sent" : `sent: ${chain.map(nameOf).join(" <- ")}`;
  const crossed = describeCrossSigned([...chain, ...leftOut.map(({ certificate }) => certificate)]);
  const message = `${sent}${crossed}; the trust anchor must hold ${issuerOf(top)}`;
  const strangers = leftOut.filter(({ reason }) => reason === "unrelated");
  if (strangers.length > 0) {
    const names = strangers.map(({ certificate }) => nameOf(certificate)).join("; ");
    return warn(
      "CHAIN",
      "certificate chain",
      `${message}; left out since they issued nothing here: ${names}`,
      "if one of them should link the leaf to the trust anchor, the certificate between is missing",
    );
  }
  const told = leftOut
    .filter(({ reason }) => reason !== "leaf")
    .map(({ certificate, reason }) => `${nameOf(certificate)} (${reasons[reason]})`);
  return pass("CHAIN", "certificate chain", told.length === 0 ? message : `${message}; left out: ${told.join(", ")}`);
}

/** Describes authorities that have certificates for one name and key from different issuers. */
function describeCrossSigned(certificates: readonly Certificate[]): string {
  const isTwin = (one: Certificate, other: Certificate) =>
    one.x509.subject === other.x509.subject && one.x509.issuer !== other.x509.issuer && haveSameKey(one, other);
  const pairs = certificates.flatMap((one, index) =>
    certificates
      .slice(index + 1)
      .filter((other) => isTwin(one, other))
      .map((other) => `${nameOf(one)} is cross-signed by ${issuerOf(one)} and ${issuerOf(other)}`),
  );
  return pairs.length === 0 ? "" : `; ${pairs.join("; ")}`;
}

function haveSameKey({ x509: one }: Certificate, { x509: other }: Certificate): boolean {
  try {
    return one.publicKey.equals(other.publicKey);
  } catch {
    // The runtime does not know this type of key.
    return false;
  }
}

/** Checks the number of intermediates. A longer chain passes if the part that is sent ends at a trust anchor. */
export function checkChainLength({ leaf, chain, leftOut }: Identity, anchors: readonly Certificate[]): Finding {
  const total = chain.length + leftOut.filter(({ reason }) => reason === "beyond five").length;
  const isEnough = total <= maxIntermediates || endsAt([leaf, ...chain], anchors);
  const found = `${total} of at most ${maxIntermediates} intermediates`;
  if (isEnough) return pass("CHAIN_LENGTH", "certificate chain", found);
  return fail(
    "CHAIN_LENGTH",
    "certificate chain",
    `${total} intermediates, expected at most ${maxIntermediates}`,
    "IAM Roles Anywhere takes five: use a trust anchor nearer to the leaf",
  );
}

/** Checks the validity of intermediates. An expired one is not sent, and fails unless another issuer replaces it. */
export function checkChainValidity(
  { leaf, chain, leftOut }: Identity,
  anchors: readonly Certificate[],
  now: Date,
): Finding {
  const expired = leftOut
    .filter(({ reason }) => reason === "expired")
    .map(({ certificate }) => certificate)
    .filter((certificate) =>
      [leaf, ...chain].some((child) => issued(certificate, child) && !chain.some((other) => issued(other, child))),
    );
  const missed = endsAt([leaf, ...chain], anchors) ? [] : expired;
  const bad = [...missed, ...chain].find((certificate) => !isWithinValidity(certificate, now));
  if (bad === undefined)
    return pass(
      "CHAIN_VALIDITY",
      "certificate chain",
      chain.length === 0 ? "no intermediates" : "every intermediate is within its validity",
    );
  return fail(
    "CHAIN_VALIDITY",
    nameOf(bad),
    `intermediate is outside its validity (until ${parseCertificateFields(bad.der).notAfter.toISOString()})`,
    "replace it by the renewed certificate of that authority",
  );
}

/**
 * Checks that the chain ends at one of the trust anchor's authorities.
 *
 * @param chosen The result of `choosePath`.
 * @param anchors At least one.
 */
export function checkTrustAnchor(
  { leaf, chain }: Pick<Identity, "leaf" | "chain">,
  chosen: readonly Certificate[],
  anchors: readonly Certificate[],
  now: Date,
): Finding {
  const path = [leaf, ...chain];
  const anchor = chosen.find((certificate) => anchors.includes(certificate)) ?? findAnchor(path, anchors);
  if (anchor !== undefined && isWithinValidity(anchor, now))
    return pass("TRUST_ANCHOR", nameOf(anchor), "the chain ends at this authority");
  if (anchor !== undefined) {
    const { notBefore, notAfter } = parseCertificateFields(anchor.der);
    const fault =
      now > notAfter ? `expired on ${notAfter.toISOString()}` : `valid only from ${notBefore.toISOString()}`;
    return fail(
      "TRUST_ANCHOR",
      nameOf(anchor),
      `the chain ends at this authority of the trust anchor, which is ${fault}`,
      "add the authority's renewed certificate to the trust anchor",
    );
  }
  const top = path.at(-1) ?? leaf;
  const namesake = anchors.find(({ x509 }) => path.some((certificate) => certificate.x509.issuer === x509.subject));
  if (namesake !== undefined)
    return fail(
      "TRUST_ANCHOR",
      nameOf(namesake),
      "has the name of the authority that issued this chain, but another key",
      "create the trust anchor from the certificate that issued the chain, or have the leaf issued by the trust anchor's authority",
    );
  return fail(
    "TRUST_ANCHOR",
    "trust anchor",
    `the chain ends at ${issuerOf(top)}, which is none of ${anchors.map(nameOf).join("; ")}`,
    chain.length === 0
      ? "add the intermediate certificates to the certificate file or name them with --intermediates"
      : "use the trust anchor of this authority, or a certificate of that one",
  );
}

function findAnchor(path: readonly Certificate[], anchors: readonly Certificate[]): Certificate | undefined {
  return anchors.find((anchor) => path.some((certificate) => issued(anchor, certificate)));
}

function endsAt(path: readonly Certificate[], anchors: readonly Certificate[]): boolean {
  return findAnchor(path, anchors) !== undefined;
}

function issuerOf({ x509 }: Certificate): string {
  return `"${x509.issuer?.replaceAll("\n", ", ") ?? "(no issuer)"}"`;
}
