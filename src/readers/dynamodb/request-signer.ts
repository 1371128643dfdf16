import type { AwsCredentials } from "../../aws/credentials.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { createHmacScheme } from "../../signing/hmac-scheme.js";
import { signWithHeaders } from "../../signing/sign-headers.js";
import { sha256Hex } from "../../signing/string-to-sign.js";
import type { Operation } from "./operation.js";

export type RequestSigner = (
  operation: Operation,
  body: string,
  credentials: AwsCredentials,
  now: Date,
) => Promise<Readonly<Record<string, string>>>;

/** Builds the headers of a DynamoDB request, including the signature. */
export function createRequestSigner(endpoint: Endpoint, region: string): RequestSigner {
  return async (operation, body, credentials, now) => {
    const { headers } = await signWithHeaders(
      {
        method: "POST",
        target: `${endpoint.pathPrefix}/`,
        headers: [
          ["host", endpoint.host],
          ["content-type", "application/x-amz-json-1.0"],
          ["x-amz-target", `DynamoDB_20120810.${operation}`],
        ],
      },
      {
        scheme: createHmacScheme(credentials, "dynamodb", region),
        now,
        pathSigning: "normalized",
        payloadHash: sha256Hex(body),
        sendPayloadHash: false,
        tokenUnsigned: false,
      },
    );
    // The checksum covers the uncompressed body.
    return { ...Object.fromEntries(headers), "accept-encoding": "identity" };
  };
}
