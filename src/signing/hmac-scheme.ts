import { createHmac } from "node:crypto";
import type { AwsCredentials } from "../aws/credentials.js";
import { regionalScope } from "./scheme.js";
import type { SignatureScheme } from "./scheme.js";

/**
 * Signs with `AWS4-HMAC-SHA256`, for one region, with a key derived for each day.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createHmacScheme(credentials: AwsCredentials, service: string, region: string): SignatureScheme {
  let derived: { readonly shortDate: string; readonly key: Buffer } | undefined;
  return {
    algorithm: "AWS4-HMAC-SHA256",
    credential: credentials.accessKeyId,
    fields: [],
    sessionToken: credentials.sessionToken,
    regionSet: undefined,
    scopeOn: (shortDate) => regionalScope(shortDate, region, service),
    async sign(stringToSign, shortDate) {
      if (derived?.shortDate !== shortDate) {
        const key = [shortDate, region, service, "aws4_request"].reduce<Buffer>(
          (secret, part) => hmac(secret, part),
          Buffer.from(`AWS4${credentials.secretAccessKey}`, "utf8"),
        );
        derived = { shortDate, key };
      }
      return hmac(derived.key, stringToSign).toString("hex");
    },
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
