import { createHash, createHmac } from "node:crypto";
import { createScope, getSigningKey } from "@smithy/signature-v4";
import type { AwsCredentials } from "../aws/credentials.js";
import type { SignatureScheme } from "./sigv4-scheme.js";

/** The digest interface that the signer's key derivation asks for, on the runtime's own implementation. */
class Sha256 {
  readonly #digest: { update(data: Uint8Array): unknown; digest(): Uint8Array };
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#digest = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string | Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#digest.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#digest.digest();
  }
  reset(): void {}
}

/** `AWS4-HMAC-SHA256`: one region, a key derived for the day. */
export function createHmacScheme(credentials: AwsCredentials, service: string, region: string): SignatureScheme {
  const keyOn = (shortDate: string) => getSigningKey(Sha256, credentials, shortDate, region, service);
  return {
    algorithm: "AWS4-HMAC-SHA256",
    regionSet: undefined,
    scopeOn: (shortDate) => createScope(shortDate, region, service),
    sign: async (stringToSign, shortDate) =>
      createHmac("sha256", await keyOn(shortDate))
        .update(stringToSign, "utf8")
        .digest("hex"),
  };
}
