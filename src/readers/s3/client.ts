import { S3Client } from "@aws-sdk/client-s3";
import type { CredentialProvider } from "../../aws/credentials.js";
import { formatEndpoint, serviceEndpoint } from "../../aws/endpoint.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { createSdkHandler } from "../../aws/http/sdk-handler.js";
import type { ExchangeLimits, TransportOptions } from "../../aws/http/transport.js";
import type { Region } from "../../aws/region.js";
import { CredentialsFailure } from "./errors.js";

export interface S3StoreOptions extends Pick<TransportOptions, "verifySsl" | "caBundle" | "variables"> {
  /** Undefined sends requests without a signature, which only public buckets accept. */
  readonly credentials: CredentialProvider | undefined;
  readonly region: Region;
  /** For an endpoint other than the region's, the bucket is part of the path, as local servers expect. */
  readonly endpoint: Endpoint;
  /** Accepts the costs of requests to buckets whose requester pays. */
  readonly requesterPays: boolean;
  /** Timeout for the connection and for the first byte of a response. */
  readonly timeoutMs: number;
}

/** The parameter that accepts the costs of a request. */
export function payerOf({ requesterPays }: Pick<S3StoreOptions, "requesterPays">) {
  return requesterPays ? { RequestPayer: "requester" as const } : {};
}

/** The SDK asks for credentials even if nothing is signed. */
const unsigned = {
  credentials: { accessKeyId: "", secretAccessKey: "" },
  signer: { sign: async <T>(request: T) => request },
};

export type ClientLimits = Pick<ExchangeLimits, "firstByteMs" | "idleMs">;

export function createClient(options: S3StoreOptions, limits: ClientLimits): S3Client {
  const { credentials, region, endpoint, timeoutMs } = options;
  const url = formatEndpoint(endpoint);
  return new S3Client({
    ...(credentials === undefined
      ? unsigned
      : {
          credentials: () =>
            credentials().catch((error: unknown) => {
              throw new CredentialsFailure(error);
            }),
        }),
    region,
    // The SDK knows AWS's endpoints with their redirects and variants.
    ...(isOwnEndpoint(endpoint, region) ? {} : { endpoint: url, forcePathStyle: true }),
    // The SDK cannot resume a range that broke off; `persist` repeats requests.
    maxAttempts: 1,
    // The SDK would ask the wrong region again for every request: see regional-clients.ts.
    followRegionRedirects: false,
    // S3 has no checksum for a range; the archive's own checksums are verified instead.
    responseChecksumValidation: "WHEN_REQUIRED",
    // The transport does not wait for 100 Continue.
    expectContinueHeader: false,
    requestHandler: createSdkHandler({ ...options, keepAlive: true }, { connectMs: timeoutMs, ...limits }),
  });
}

/** Tells whether the endpoint is AWS's own in the region. */
export function isOwnEndpoint({ host }: Endpoint, region: Region): boolean {
  return [true, false].some((useFipsEndpoint) =>
    [true, false].some(
      (useDualstackEndpoint) => serviceEndpoint("s3", region, { useFipsEndpoint, useDualstackEndpoint }).host === host,
    ),
  );
}
