import { encodeElement, encodeUnsigned, tags } from "./der.js";

/** Devices return r and s side by side; X.509 encodes them as ASN.1 (RFC 3279, section 2.2.3). */
export function joinEcdsa(rs: Uint8Array): Uint8Array {
  const half = rs.length / 2;
  return encodeElement(tags.sequence, encodeUnsigned(rs.subarray(0, half)), encodeUnsigned(rs.subarray(half)));
}
