import { encodeElement, encodeUnsigned, tags } from "./der.js";

/** Converts a device's signature, r followed by s, to ASN.1 for X.509 (RFC 3279, section 2.2.3). */
export function joinEcdsa(rs: Uint8Array): Uint8Array {
  const half = rs.length / 2;
  return encodeElement(tags.sequence, encodeUnsigned(rs.subarray(0, half)), encodeUnsigned(rs.subarray(half)));
}
