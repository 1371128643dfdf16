import { choosePath, isWithinValidity } from "../diagnosis/certificate/choose-path.js";
import { findPathFault } from "../diagnosis/certificate/path-rules.js";
import { IdentityError, ServiceError } from "../errors.js";
import { elementsOf, parseElement } from "../identity/asn1/der.js";
import { readValidity } from "../identity/certificate/fields.js";
import { parseCertificateNames } from "../identity/certificate/names.js";
import { nameOf } from "../identity/certificate/parsed.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import { hasPublicKey } from "../identity/certificate/public-key.js";
import { readExtension, readStructure } from "../identity/certificate/structure.js";
import { refuseUnsuitable } from "../identity/certificate/suitability.js";
import { message, setting } from "../message.js";
import type { Protocol } from "./authority.js";
import type { NextPair } from "./next-pair.js";
import type { Pair } from "./pair.js";

export interface AcceptanceRules {
  readonly protocol: Protocol;
  /** Public key that the certificate must have. */
  readonly publicKey: Uint8Array;
  /** Certificates of the trust anchor. If empty, the new chain must end at the same authority as the present one. */
  readonly anchors: readonly Certificate[];
  /** Whether the key is new. Then the certificate may end at the same time as the present one. */
  readonly rekey: boolean;
  readonly now: Date;
}

/**
 * Refuses a new certificate that is worse than the present one: it has another key or subject, does not extend the
 * validity, or would be rejected by IAM Roles Anywhere.
 *
 * @throws ServiceError `ERR_SERVICE_RESPONSE`, IdentityError
 */
export function refuseUnfit(
  next: NextPair,
  present: Pair,
  { protocol, publicKey, anchors, rekey, now }: AcceptanceRules,
): void {
  const { leaf } = next;
  const wrong = (text: string, hint: string) =>
    new ServiceError("ERR_SERVICE_RESPONSE", `${protocol} returns a certificate ${text}: the present one stays`, {
      service: protocol,
      operation: "renew",
      statusCode: 200,
      serviceCode: "",
      hints: [hint],
    });
  if (!hasPublicKey(leaf, publicKey)) throw wrong("for another key", "see the log of the authority");
  const fault = findNameFault(leaf, present.leaf);
  if (fault !== undefined)
    throw wrong(fault, "trust policies name the subject: have the authority keep subject and alternative names");
  const [before, after] = [present.leaf, leaf].map(({ der }) => readValidity(der).notAfter);
  if (before !== undefined && after !== undefined && (rekey ? after < before : after <= before)) {
    throw wrong(
      `that is valid until ${after.toISOString()}, no longer than the present one`,
      "the authority's own certificate may end then: look at it",
    );
  }
  refuseUnsuitable(leaf, `from ${protocol}`, now);
  refuseChain(next, present, anchors, now);
}

function findNameFault(leaf: Certificate, present: Certificate): string | undefined {
  const [found, expected] = [leaf, present].map(({ der }) => JSON.stringify(parseCertificateNames(der).subject));
  if (found !== expected) return `for another subject (${nameOf(leaf)} instead of ${nameOf(present)})`;
  const [names, expectedNames] = [leaf, present].map(alternativeNamesOf);
  return names === expectedNames ? undefined : "with other alternative names";
}

function alternativeNamesOf({ der }: Certificate): string {
  const value = readExtension(der, "2.5.29.17");
  const names = value === undefined ? [] : elementsOf(parseElement(value));
  return names
    .map(({ raw }) => Buffer.from(raw).toString("hex"))
    .sort()
    .join();
}

function refuseChain({ leaf, chain }: NextPair, present: Pair, anchors: readonly Certificate[], now: Date): void {
  const path = choosePath(leaf, chain, anchors, now);
  const broken = (text: string, ...hints: readonly ReturnType<typeof message>[]) =>
    new IdentityError("ERR_CHAIN", message`the chain of the new certificate ${text}: the present one stays`, { hints });
  const fault = findPathFault(path);
  if (fault !== undefined) throw broken(`breaks a rule: an authority ${fault}`);
  const ended = path.slice(1).find((certificate) => !isWithinValidity(certificate, now));
  if (ended !== undefined) throw broken(`holds ${nameOf(ended)}, which is outside its validity`);
  const top = path.at(-1) ?? leaf;
  if (anchors.length > 0 ? anchors.includes(top) : endsAsBefore([leaf, ...chain], present)) return;
  const authority = top.x509.issuer?.replaceAll("\n", ", ") ?? "(no issuer)";
  throw broken(
    anchors.length > 0
      ? `ends at "${authority}", which is not in the trust anchor`
      : `ends at "${authority}", and the present one does not`,
    message`add that authority to the trust anchor, and name its certificates with ${setting("trust-anchor-bundle", "ca.pem")}`,
  );
}

/** Whether the new chain contains the authority at the end of the present one. */
function endsAsBefore(path: readonly Certificate[], { leaf, chain }: Pair): boolean {
  const issuers = path.map((certificate) => issuerOf(certificate));
  return issuers.includes(issuerOf(chain.at(-1) ?? leaf));
}

function issuerOf({ der }: Certificate): string {
  return Buffer.from(readStructure(der).issuer?.raw ?? new Uint8Array()).toString("hex");
}
