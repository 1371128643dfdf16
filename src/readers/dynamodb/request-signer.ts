import { createHash, createHmac } from "node:crypto";
import type { Hash, Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Endpoint } from "../../aws/endpoint.js";
import type { AwsCredentials } from "../../aws/credentials.js";
import type { Operation } from "./connection.js";

export type RequestSigner = (
  operation: Operation,
  body: string,
  credentials: AwsCredentials,
  now: Date,
) => Promise<Readonly<Record<string, string>>>;

/** Makes the headers of a DynamoDB request, signature included. */
export function createRequestSigner(endpoint: Endpoint, region: string): RequestSigner {
  return async (operation, body, credentials, now) => {
    const signer = new SignatureV4({ credentials, region, service: "dynamodb", sha256: Sha256, applyChecksum: false });
    const { headers } = await signer.sign(
      {
        method: "POST",
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        path: `${endpoint.pathPrefix}/`,
        query: {},
        headers: {
          host: endpoint.host,
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `DynamoDB_20120810.${operation}`,
        },
        body,
      },
      { signingDate: now },
    );
    // An answer must come as it was checksummed.
    return { ...headers, "accept-encoding": "identity" };
  };
}

/** `node:crypto` as the signer wants it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", asKey(secret));
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    // Each instance is digested once.
  }
}

function asKey(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === "string") return secret;
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}
