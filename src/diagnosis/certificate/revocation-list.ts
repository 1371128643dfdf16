import { elementsOf, parseElement, tags } from "../../identity/asn1/der.js";
import { parseTime } from "../../identity/certificate/fields.js";

/** A revocation list, with respect to one certificate. */
export interface RevocationList {
  readonly issuer: Uint8Array;
  readonly nextUpdate: Date | undefined;
  /** Number of revoked certificates. */
  readonly count: number;
  readonly isRevoked: boolean;
}

const timeTags: readonly number[] = [tags.utcTime, tags.generalizedTime];

/**
 * Parses an X.509 revocation list in DER. Its signature is not verified.
 *
 * @returns undefined if the DER is something else.
 * @throws Asn1Error
 * @see RFC 5280 section 5.1
 */
export function parseRevocationList(der: Uint8Array, serialNumber: bigint): RevocationList | undefined {
  const [body] = elementsOf(parseElement(der));
  const fields = body === undefined ? [] : elementsOf(body);
  const [, issuer, thisUpdate, ...others] = fields[0]?.tag === tags.integer ? fields.slice(1) : fields;
  if (issuer === undefined || thisUpdate === undefined || !timeTags.includes(thisUpdate.tag)) return undefined;
  const next = others.find(({ tag }) => timeTags.includes(tag));
  const revoked = others.find(({ tag }) => tag === tags.sequence);
  const serials = (revoked === undefined ? [] : elementsOf(revoked)).map((entry) => {
    const [serial] = elementsOf(entry);
    return Buffer.from(serial?.content ?? []).toString("hex");
  });
  const hex = serialNumber.toString(16);
  const wanted = hex.length % 2 === 0 ? hex : `0${hex}`;
  return {
    issuer: issuer.raw,
    nextUpdate: next === undefined ? undefined : parseTime(next, "nextUpdate"),
    count: serials.length,
    isRevoked: serials.some((serial) => serial.replace(/^00(?=[89a-f])/, "") === wanted),
  };
}
