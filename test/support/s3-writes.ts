import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { escapeXml, S3Refusal } from "./s3-signature.js";
import type { S3Object } from "./s3-server.js";

export type WriteOperation =
  | "PutObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "HeadObject";

/** An upload in parts that is neither complete nor aborted. */
export interface Upload {
  readonly place: string;
  readonly contentType: string | undefined;
  readonly parts: Map<number, S3Object>;
}

export interface Written {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Write {
  readonly operation: WriteOperation;
  /** `bucket/key` */
  readonly place: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly objects: Map<string, S3Object>;
  readonly uploads: Map<string, Upload>;
}

export function writeOperationOf(method: string | undefined, query: URLSearchParams): WriteOperation | undefined {
  switch (method) {
    case "PUT":
      return query.has("partNumber") ? "UploadPart" : "PutObject";
    case "POST":
      return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
    case "DELETE":
      return "AbortMultipartUpload";
    case "HEAD":
      return "HeadObject";
    default:
      return undefined;
  }
}

export function performWrite(write: Write): Written {
  const { operation, place, query, headers, body, objects, uploads } = write;
  requireIntact(write);
  const uploadId = query.get("uploadId") ?? "";
  const stored = { bytes: body, lastModified: new Date(), contentType: headers["content-type"] };
  switch (operation) {
    case "PutObject":
      objects.set(place, { ...stored, crc32: checksumOf(headers) });
      return { headers: { etag: etagOf(stored) }, text: "" };
    case "CreateMultipartUpload": {
      const id = `upload-${++uploadCount}`;
      uploads.set(id, { place, contentType: headers["content-type"], parts: new Map() });
      return {
        headers: {},
        text: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      };
    }
    case "UploadPart":
      findUpload(uploads, uploadId, place).parts.set(Number(query.get("partNumber")), stored);
      return { headers: { etag: etagOf(stored) }, text: "" };
    case "CompleteMultipartUpload": {
      const object = join(findUpload(uploads, uploadId, place), body.toString(), checksumOf(headers));
      uploads.delete(uploadId);
      objects.set(place, object);
      return {
        headers: {},
        text: `<CompleteMultipartUploadResult><ETag>${escapeXml(etagOf(object))}</ETag></CompleteMultipartUploadResult>`,
      };
    }
    case "AbortMultipartUpload":
      findUpload(uploads, uploadId, place);
      uploads.delete(uploadId);
      return { headers: {}, text: "" };
    case "HeadObject": {
      const object = objects.get(place);
      if (object === undefined) throw new S3Refusal(404, "NotFound", "Not Found");
      const sum = object.crc32 === undefined ? {} : { "x-amz-checksum-crc32": object.crc32 };
      return { headers: { etag: etagOf(object), "content-length": String(object.bytes.length), ...sum }, text: "" };
    }
  }
}

let uploadCount = 0;

function findUpload(uploads: ReadonlyMap<string, Upload>, id: string, place: string): Upload {
  const upload = uploads.get(id);
  if (upload?.place !== place) throw new S3Refusal(404, "NoSuchUpload", "The specified upload does not exist.");
  return upload;
}

/** Joins the parts as S3 does: each as it was sent, in order, all but the last of 5 MiB or more. */
function join({ parts, contentType }: Upload, text: string, crc: string | undefined): S3Object {
  const listed = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? "").replaceAll("&quot;", '"'),
  }));
  if (listed.length === 0) throw new S3Refusal(400, "MalformedXML", "The XML is not well-formed");
  const found = listed.map(({ number, etag }, index) => {
    const part = parts.get(number);
    if (part === undefined || etagOf(part) !== etag)
      throw new S3Refusal(400, "InvalidPart", "One or more parts differ");
    if (index > 0 && number <= (listed[index - 1]?.number ?? 0)) throw new S3Refusal(400, "InvalidPartOrder", "order");
    if (index < listed.length - 1 && part.bytes.length < 5 * 1024 ** 2) {
      throw new S3Refusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    }
    return part;
  });
  const bytes = Buffer.concat(found.map((part) => part.bytes));
  if (crc !== undefined && crc !== formatSum(bytes)) throw new S3Refusal(400, "BadDigest", "The CRC32 did not match");
  const sums = Buffer.concat(found.map((part) => createHash("md5").update(part.bytes).digest()));
  const etag = `"${createHash("md5").update(sums).digest("hex")}-${found.length}"`;
  return { bytes, lastModified: new Date(), etag, contentType, crc32: crc };
}

function requireIntact({ operation, headers, body }: Write): void {
  const sha256 = String(headers["x-amz-content-sha256"]);
  if (/^[0-9a-f]{64}$/.test(sha256) && sha256 !== createHash("sha256").update(body).digest("hex")) {
    throw new S3Refusal(400, "XAmzContentSHA256Mismatch", "The body does not match its SHA-256");
  }
  const crc = checksumOf(headers);
  const isData = operation === "PutObject" || operation === "UploadPart";
  if (isData && crc !== undefined && crc !== formatSum(body)) {
    throw new S3Refusal(400, "BadDigest", "The CRC32 you specified did not match what we received");
  }
}

const checksumOf = (headers: IncomingHttpHeaders): string | undefined =>
  headers["x-amz-checksum-crc32"] as string | undefined;

function formatSum(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString("base64");
}

export function etagOf({ bytes, etag }: S3Object): string {
  if (etag !== undefined) return etag;
  let known = etags.get(bytes);
  if (known === undefined) {
    known = `"${createHash("md5").update(bytes).digest("hex")}"`;
    etags.set(bytes, known);
  }
  return known;
}

const etags = new WeakMap<Uint8Array, string>();
