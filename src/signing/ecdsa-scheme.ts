import { createECDH, createHmac, createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { AwsCredentials } from "../aws/credentials.js";
import { InternalError } from "../errors.js";
import type { SignatureScheme } from "./scheme.js";

const algorithm = "AWS4-ECDSA-P256-SHA256";
// n - 2, where n is the order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3).
const maxCandidate = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254fn;
const lastCounter = 254;

/**
 * Signs with `AWS4-ECDSA-P256-SHA256`, valid in every region of a set.
 *
 * @param regionSet Comma-separated regions or patterns, `*` for all.
 */
export function createEcdsaScheme(credentials: AwsCredentials, service: string, regionSet: string): SignatureScheme {
  let key: KeyObject | undefined;
  return {
    algorithm,
    credential: credentials.accessKeyId,
    fields: [["x-amz-region-set", regionSet]],
    sessionToken: credentials.sessionToken,
    regionSet,
    scopeOn: (shortDate) => `${shortDate}/${service}/aws4_request`,
    async sign(stringToSign) {
      key ??= deriveSigningKey(credentials);
      return sign("sha256", Buffer.from(stringToSign, "utf8"), key).toString("hex");
    },
  };
}

/**
 * Derives the P-256 key from a secret access key: NIST SP 800-108 in counter mode over HMAC-SHA256, until a candidate
 * is within the curve's order.
 */
export function deriveSigningKey({ accessKeyId, secretAccessKey }: AwsCredentials): KeyObject {
  for (let counter = 1; counter <= lastCounter; counter++) {
    const input = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from(algorithm),
      Buffer.from([0]),
      Buffer.from(accessKeyId),
      Buffer.from([counter]),
      Buffer.from([0, 0, 1, 0]),
    ]);
    const candidate = BigInt(`0x${createHmac("sha256", `AWS4A${secretAccessKey}`).update(input).digest("hex")}`);
    if (candidate <= maxCandidate) return privateKeyOf(candidate + 1n);
  }
  throw new InternalError("no signing key can be derived from this secret access key");
}

function privateKeyOf(scalar: bigint): KeyObject {
  const d = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: d.toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33, 65).toString("base64url"),
    },
  });
}
