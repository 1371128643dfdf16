import type { IdentityError } from "../../errors.js";
import type { Text } from "../../message.js";
import { curves } from "../curves.js";
import { Asn1Error, elementsOf, oidOf, parseElement, sequenceOf, tags } from "./der.js";
import { unsuitableKey } from "../signer.js";

export const ecKeyOid = "1.2.840.10045.2.1";

/** Curves that the service does not accept, with their OpenSSL names. */
const otherCurves: Readonly<Record<string, string>> = {
  "1.2.840.10045.3.1.1": "prime192v1",
  "1.3.132.0.10": "secp256k1",
  "1.3.132.0.33": "secp224r1",
  "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
  "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
  "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
  "1.2.156.10197.1.301": "SM2",
};

/**
 * Explains why the service does not accept a key on this curve; undefined if it does. For runtimes that cannot read it.
 *
 * @param curve Object identifier
 * @param subject Names the key in errors, such as `private key "client.key"`.
 */
export function refusalOfCurve(curve: string, subject: Text): IdentityError | undefined {
  if (curves.some(({ oid }) => oid === curve)) return undefined;
  return unsuitableKey(subject, `an EC key on curve ${otherCurves[curve] ?? curve}`);
}

/**
 * Finds the curve that an `ECPrivateKey` names (RFC 5915 section 3), as an object identifier.
 *
 * @returns undefined if it names none, and for bytes that are not such a key
 */
export function findSec1Curve(der: Uint8Array): string | undefined {
  try {
    const members = sequenceOf(parseElement(der), "private key");
    const parameters = members.find(({ tag }) => tag === tags.context0);
    return parameters === undefined ? undefined : oidOf(elementsOf(parameters)[0], "curve");
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}
