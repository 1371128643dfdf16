import { encodeElement, encodeUnsigned, tags } from "./der.js";

/** Devices give r and s in one piece of two equal halves; X.509 wants them as ASN.1 (RFC 3279, section 2.2.3). */
export function joinEcdsa(rs: Uint8Array): Uint8Array {
  const half = rs.length / 2;
  return encodeElement(tags.sequence, encodeUnsigned(rs.subarray(0, half)), encodeUnsigned(rs.subarray(half)));
}
