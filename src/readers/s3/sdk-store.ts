import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { ServiceError } from "../../errors.js";
import { payerOf } from "./client.js";
import type { S3StoreOptions } from "./client.js";
import type { ListedObject, ObjectStore } from "./object-store.js";
import { createRegionalClients } from "./regional-clients.js";

/** S3 with its own connections. */
export interface S3Store extends ObjectStore {
  /** Closes every connection. */
  readonly close: () => void;
}

/** Accesses S3 through the AWS SDK. Load this lazily, because the client is large. */
export function createS3Store(options: S3StoreOptions): S3Store {
  const { send, close } = createRegionalClients(options, { firstByteMs: options.timeoutMs });
  const payer = payerOf(options);
  return {
    close,
    async listPage(bucket, prefix, after, abortSignal) {
      const input = { Bucket: bucket, Prefix: prefix, ContinuationToken: after, ...payer };
      const page = await send({ bucket }, (client) => client.send(new ListObjectsV2Command(input), { abortSignal }));
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
      const input = {
        Bucket: bucket,
        Key: key,
        VersionId: versionId,
        Range: `bytes=${start}-${end - 1}`,
        IfMatch: ifMatch,
        ...payer,
      };
      const answer = await send({ bucket }, (client) => client.send(new GetObjectCommand(input), { abortSignal }));
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

/** Reads the size of the whole object from `bytes 0-9/1234`; undefined if the response is for another range. */
function sizeOf(contentRange: string | undefined, length: number | undefined, start: number): number | undefined {
  if (contentRange === undefined) return start === 0 ? (length ?? 0) : undefined;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange) ?? [];
  return Number(first) === start ? Number(total) : undefined;
}
