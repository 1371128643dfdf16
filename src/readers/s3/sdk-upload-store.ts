import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";
import { payerOf } from "./client.js";
import type { S3StoreOptions } from "./client.js";
import { statusOf } from "./errors.js";
import { createRegionalClients } from "./regional-clients.js";
import type { SentPart, UploadStore, UploadTarget } from "./upload-store.js";

const whole = { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" } as const;

/** Follows AWS's setting `request_checksum_calculation`, for servers that do not know checksums. */
function createChecksumPolicy({ config }: S3Client) {
  return async <T extends object>(checksums: T): Promise<T | Record<string, never>> =>
    (await config.requestChecksumCalculation()) === "WHEN_SUPPORTED" ? checksums : {};
}

/** Writes objects through the AWS SDK. Load this lazily, because the client is large. */
export function createUploadStore(options: S3StoreOptions): UploadStore {
  const payer = payerOf(options);
  // A part on a slow line takes long before the first byte of its response.
  const { send, configured, close } = createRegionalClients(options, { idleMs: options.timeoutMs });
  const withChecksums = createChecksumPolicy(configured);
  return {
    async put(target, bytes, crc32, abortSignal) {
      const sums = await withChecksums({ ChecksumCRC32: encodeSum(crc32) });
      const input = { ...placeOf(target), ContentType: target.contentType, Body: bytes, ...sums, ...payer };
      await send(target, (client) => client.send(new PutObjectCommand(input), { abortSignal }));
    },
    async create(target, abortSignal) {
      const sums = await withChecksums(whole);
      const input = { ...placeOf(target), ContentType: target.contentType, ...sums, ...payer };
      const answer = await send(target, (client) =>
        client.send(new CreateMultipartUploadCommand(input), { abortSignal }),
      );
      return required(answer.UploadId, "CreateMultipartUpload", "UploadId");
    },
    async sendPart(target, uploadId, { number, bytes, crc32 }, abortSignal) {
      const sums = await withChecksums({ ChecksumCRC32: encodeSum(crc32) });
      const input = { ...placeOf(target), UploadId: uploadId, PartNumber: number, Body: bytes, ...sums, ...payer };
      const answer = await send(target, (client) => client.send(new UploadPartCommand(input), { abortSignal }));
      return required(answer.ETag, "UploadPart", "ETag");
    },
    async complete(target, uploadId, { parts, crc32, size }, abortSignal) {
      const sums = await withChecksums({ ChecksumCRC32: encodeSum(crc32), ChecksumType: whole.ChecksumType });
      const input = {
        ...placeOf(target),
        UploadId: uploadId,
        MpuObjectSize: size,
        MultipartUpload: { Parts: listParts(parts, "ChecksumCRC32" in sums) },
        ...sums,
        ...payer,
      };
      const answer = await send(target, (client) =>
        client.send(new CompleteMultipartUploadCommand(input), { abortSignal }),
      );
      // The status is 200 before S3 knows whether it succeeds; an error then stands in the body.
      required(answer.ETag, "CompleteMultipartUpload", "ETag");
    },
    async abort(target, uploadId, abortSignal) {
      const input = { ...placeOf(target), UploadId: uploadId, ...payer };
      await send(target, (client) => client.send(new AbortMultipartUploadCommand(input), { abortSignal }));
    },
    async head(target, abortSignal) {
      const input = { ...placeOf(target), ChecksumMode: "ENABLED", ...payer } as const;
      try {
        const answer = await send(target, (client) => client.send(new HeadObjectCommand(input), { abortSignal }));
        const crc32 = answer.ChecksumCRC32 === undefined ? undefined : decodeSum(answer.ChecksumCRC32);
        return { size: answer.ContentLength, etag: answer.ETag, crc32 };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    close,
  };
}

const placeOf = ({ bucket, key }: UploadTarget) => ({ Bucket: bucket, Key: key });

const listParts = (parts: readonly SentPart[], withSums: boolean) =>
  parts.map(({ number, etag, crc32 }) => ({
    PartNumber: number,
    ETag: etag,
    ...(withSums ? { ChecksumCRC32: encodeSum(crc32) } : {}),
  }));

/** Formats a CRC-32 as S3 does: base64 of four bytes. */
function encodeSum(crc32: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32);
  return bytes.toString("base64");
}

/** @returns undefined for a sum of sums, which ends in the number of parts. */
function decodeSum(text: string): number | undefined {
  const bytes = Buffer.from(text, "base64");
  return /^[A-Za-z0-9+/]{6}==$/.test(text) ? bytes.readUInt32BE() : undefined;
}

function required(value: string | undefined, operation: string, what: string): string {
  if (value !== undefined && value !== "") return value;
  throw Object.assign(new Error(`the answer to ${operation} has no ${what}`), {
    name: "InternalError",
    $metadata: { httpStatusCode: 500 },
  });
}
