import type { Region } from "../../aws/region.js";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import type { CredentialProvider } from "../../aws/credentials.js";
import { formatEndpoint, serviceEndpoint } from "../../aws/endpoint.js";
import type { Endpoint } from "../../aws/endpoint.js";
import { createSdkHandler } from "../../aws/http/sdk-handler.js";
import type { TransportOptions } from "../../aws/http/transport.js";
import { ServiceError } from "../../errors.js";
import type { ListedObject, ObjectStore } from "./object-store.js";
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

/** S3 with its own connections. */
export interface S3Store extends ObjectStore {
  /** Closes every connection. */
  readonly close: () => void;
}

/** Accesses S3 through the AWS SDK. Load this lazily, because the client is large. */
export function createS3Store(options: S3StoreOptions): S3Store {
  const client = createClient(options);
  const payer = options.requesterPays ? { RequestPayer: "requester" as const } : {};
  return {
    // Also closes the connections of its agents.
    close: () => client.destroy(),
    async listPage(bucket, prefix, after, abortSignal) {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after, ...payer }),
        { abortSignal },
      );
      const objects = (page.Contents ?? []).map((object): ListedObject => ({
        bucket,
        key: object.Key ?? "",
        size: object.Size ?? 0,
        etag: object.ETag ?? "",
        lastModified: object.LastModified ?? new Date(0),
      }));
      return { objects, next: page.IsTruncated === true ? page.NextContinuationToken : undefined };
    },
    async getRange({ bucket, key, versionId, start, end, ifMatch }, abortSignal) {
      const answer = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          VersionId: versionId,
          Range: `bytes=${start}-${end - 1}`,
          IfMatch: ifMatch,
          ...payer,
        }),
        { abortSignal },
      );
      const body = answer.Body as Readable;
      // Without a listener, an error after the reader has stopped would crash the process.
      body.on("error", () => undefined);
      const size = sizeOf(answer.ContentRange, answer.ContentLength, start);
      if (size === undefined) {
        body.destroy();
        throw new ServiceError("ERR_SERVICE_RESPONSE", `the endpoint does not answer ranges of s3://${bucket}/${key}`, {
          service: "s3",
          operation: "GetObject",
          statusCode: answer.$metadata.httpStatusCode ?? 0,
          serviceCode: "",
          hints: ["use an endpoint that knows the Range header"],
        });
      }
      const cancel = () => void body.destroy();
      return { size, etag: answer.ETag ?? "", lastModified: answer.LastModified, body, cancel };
    },
  };
}

/** The SDK asks for credentials even if nothing is signed. */
const unsigned = {
  credentials: { accessKeyId: "", secretAccessKey: "" },
  signer: { sign: async <T>(request: T) => request },
};

function createClient(options: S3StoreOptions): S3Client {
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
    // The SDK cannot resume a range that broke off; PersistentStore does.
    maxAttempts: 1,
    followRegionRedirects: true,
    // S3 has no checksum for a range; the archive's own checksums are verified instead.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: createSdkHandler({ ...options, keepAlive: true }, { connectMs: timeoutMs, firstByteMs: timeoutMs }),
  });
}

/** Reads the size of the whole object from `bytes 0-9/1234`; undefined if the response is for another range. */
function sizeOf(contentRange: string | undefined, length: number | undefined, start: number): number | undefined {
  if (contentRange === undefined) return start === 0 ? (length ?? 0) : undefined;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange) ?? [];
  return Number(first) === start ? Number(total) : undefined;
}

function isOwnEndpoint({ host }: Endpoint, region: Region): boolean {
  return [true, false].some((useFipsEndpoint) =>
    [true, false].some(
      (useDualstackEndpoint) => serviceEndpoint("s3", region, { useFipsEndpoint, useDualstackEndpoint }).host === host,
    ),
  );
}
