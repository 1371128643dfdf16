import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorText, escapeXml, refuse, S3Refusal, verifySignature } from "./s3-signature.js";
import type { SecretLookup } from "./s3-signature.js";
import { etagOf, performWrite, writeOperationOf } from "./s3-writes.js";
import type { Upload, WriteOperation, Written } from "./s3-writes.js";

export const staticKey = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

export interface S3Request {
  /** Counted from 1. */
  readonly number: number;
  readonly operation: "GetObject" | "ListObjectsV2" | WriteOperation;
  readonly bucket: string;
  readonly key: string;
  readonly range: string | undefined;
  readonly versionId: string | undefined;
  readonly payer: string | undefined;
  /** Of a part of an upload. */
  readonly partNumber?: string | undefined;
  /** Of a listing. */
  readonly prefix?: string;
}

/** Fault of an answer; undefined leaves it unchanged. */
export type S3Fault =
  | { readonly kind: "status"; readonly status: number; readonly code: string }
  /** Cuts the connection after so many bytes of the body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Stalls after so many bytes of the body. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  | { readonly kind: "etag"; readonly etag: string }
  | { readonly kind: "corrupt"; readonly atByte: number }
  /** Does as asked, and resets the connection in place of an answer. */
  | { readonly kind: "lost" }
  /** Answers with status 200 and an error in the body. */
  | { readonly kind: "late-error"; readonly code: string };

export interface S3ServerOptions {
  readonly secretOf?: SecretLookup;
  readonly fault?: (request: S3Request) => S3Fault | undefined;
  /** Also answers unsigned requests. */
  readonly isPublic?: boolean;
  /** Keys per page of a listing. Default 1000. */
  readonly pageSize?: number;
}

export interface S3Object {
  readonly bytes: Uint8Array;
  readonly lastModified: Date;
  /** Of an object that was written in parts. */
  readonly etag?: string;
  readonly contentType?: string | undefined;
  readonly crc32?: string | undefined;
}

export interface S3Server extends AsyncDisposable {
  readonly url: string;
  /** By `bucket/key`; may be changed while the server runs. */
  readonly objects: Map<string, S3Object>;
  readonly requests: S3Request[];
  /** Unfinished uploads, by ID. */
  readonly uploads: ReadonlyMap<string, Upload>;
  put(bucket: string, key: string, bytes: Uint8Array | string, lastModified?: Date): void;
  /** Counts the open connections. */
  connections(): Promise<number>;
  /** Environment that points the AWS SDK here with the static key. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A small S3 on the loopback interface: buckets in the path or in the host, ranges (suffix ranges too), If-Match,
 * ETags, paged listings, uploads in parts with their checksums, and every request's SigV4 signature checked.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const objects = new Map<string, S3Object>();
  const requests: S3Request[] = [];
  const uploads = new Map<string, Upload>();
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => void chunks.push(chunk));
    const work = () => {
      try {
        answer(message, response, { objects, requests, uploads, options, body: () => Buffer.concat(chunks) });
      } catch (error) {
        if (error instanceof S3Refusal) return refuse(response, error);
        response.destroy();
        throw error;
      }
    };
    if (message.method === "PUT" || message.method === "POST") message.on("end", work);
    else work();
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    objects,
    requests,
    uploads,
    put(bucket, key, bytes, lastModified = new Date("2024-01-15T00:00:00Z")) {
      objects.set(`${bucket}/${key}`, { bytes: Buffer.from(bytes), lastModified });
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    env: {
      AWS_ENDPOINT_URL_S3: url,
      AWS_ACCESS_KEY_ID: staticKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: staticKey.secretAccessKey,
      AWS_REGION: "eu-west-1",
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Service {
  readonly objects: Map<string, S3Object>;
  readonly requests: S3Request[];
  readonly uploads: Map<string, Upload>;
  readonly options: S3ServerOptions;
  readonly body: () => Buffer;
}

function answer(message: IncomingMessage, response: ServerResponse, service: Service): void {
  const { objects, requests, options } = service;
  const [path = "/", query = ""] = (message.url ?? "/").split("?", 2);
  const [hosted] = /^.+(?=\.s3[.-])/.exec(message.headers.host ?? "") ?? [];
  const segments = path.slice(1).split("/").map(decodeURIComponent);
  const [bucket = "", ...rest] = hosted === undefined ? segments : [hosted, ...segments];
  const key = rest.join("/");
  const written = writeOperationOf(message.method, new URLSearchParams(query));
  const operation = key === "" ? "ListObjectsV2" : (written ?? "GetObject");
  const request: S3Request = {
    number: requests.length + 1,
    operation,
    bucket,
    key,
    range: message.headers.range,
    versionId: new URLSearchParams(query).get("versionId") ?? undefined,
    payer: message.headers["x-amz-request-payer"] as string | undefined,
    partNumber: new URLSearchParams(query).get("partNumber") ?? undefined,
  };
  requests.push(request);
  const isPublic = options.isPublic === true && message.headers.authorization === undefined;
  if (!isPublic) verifySignature(message, path, query, options.secretOf ?? staticSecret);
  const prefix = new URLSearchParams(query).get("prefix") ?? "";
  const fault = options.fault?.({ ...request, prefix });
  if (fault?.kind === "status") throw new S3Refusal(fault.status, fault.code, "Please reduce your request rate.");
  if (operation === "ListObjectsV2") {
    return list(response, bucket, new URLSearchParams(query), objects, options.pageSize ?? 1000);
  }
  if (operation !== "GetObject") {
    const { uploads, body } = service;
    const answered = performWrite({
      operation,
      place: `${bucket}/${key}`,
      query: new URLSearchParams(query),
      headers: message.headers,
      body: body(),
      objects,
      uploads,
    });
    return sendWritten(response, answered, fault);
  }
  const { versionId } = request;
  const object = objects.get(`${bucket}/${key}${versionId === undefined ? "" : `?versionId=${versionId}`}`);
  if (object === undefined) throw new S3Refusal(404, "NoSuchKey", "The specified key does not exist.");
  sendObject(message, response, object, fault);
}

function sendWritten(response: ServerResponse, { headers, text }: Written, fault: S3Fault | undefined): void {
  if (fault?.kind === "lost") return void response.socket?.resetAndDestroy();
  const etag = fault?.kind === "etag" ? { etag: fault.etag } : {};
  const error = fault?.kind === "late-error" ? errorText(fault.code, "We encountered an internal error.") : undefined;
  response.writeHead(200, { "content-type": "application/xml", ...headers, ...etag }).end(error ?? text);
}

function sendObject(message: IncomingMessage, response: ServerResponse, object: S3Object, fault: S3Fault | undefined) {
  const etag = etagOf(object);
  const ifMatch = message.headers["if-match"];
  if (ifMatch !== undefined && ifMatch !== etag) {
    throw new S3Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
  const size = object.bytes.length;
  const [start, end] = parseRange(message.headers.range, size);
  let body = object.bytes.subarray(start, end);
  if (fault?.kind === "corrupt") {
    body = Uint8Array.from(body);
    if (fault.atByte < body.length) body[fault.atByte] = (body[fault.atByte] ?? 0) ^ 0xff;
  }
  response.writeHead(message.headers.range === undefined ? 200 : 206, {
    "content-length": body.length,
    "content-type": "application/octet-stream",
    etag: fault?.kind === "etag" ? fault.etag : etag,
    "last-modified": object.lastModified.toUTCString(),
    "accept-ranges": "bytes",
    ...(message.headers.range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  });
  if (fault?.kind === "cut" || fault?.kind === "stall") {
    if (fault.afterBytes >= body.length) return void response.end(body);
    const { kind, afterBytes } = fault;
    response.flushHeaders();
    response.write(body.subarray(0, afterBytes), () => {
      if (kind === "cut") response.socket?.resetAndDestroy();
    });
    return;
  }
  response.end(body);
}

/** Parses one range of RFC 9110 section 14.1.2. */
function parseRange(text: string | undefined, size: number): [start: number, end: number] {
  if (text === undefined) return [0, size];
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= end) throw new S3Refusal(416, "InvalidRange", "The requested range is not satisfiable");
  return [start, end];
}

function list(
  response: ServerResponse,
  bucket: string,
  query: URLSearchParams,
  objects: Map<string, S3Object>,
  pageSize: number,
): void {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token") ?? "";
  const keys = [...objects.keys()]
    .filter((name) => name.startsWith(`${bucket}/`))
    .map((name) => name.slice(bucket.length + 1))
    .filter((key) => key.startsWith(prefix) && key > after)
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const page = keys.slice(0, pageSize);
  const contents = page.map((key) => {
    const object = objects.get(`${bucket}/${key}`) as S3Object;
    return `<Contents><Key>${escapeXml(key)}</Key><LastModified>${object.lastModified.toISOString()}</LastModified><ETag>${escapeXml(etagOf(object))}</ETag><Size>${object.bytes.length}</Size></Contents>`;
  });
  const next = keys.length > page.length ? page.at(-1) : undefined;
  const more =
    next === undefined
      ? "<IsTruncated>false</IsTruncated>"
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${escapeXml(next)}</NextContinuationToken>`;
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${bucket}</Name>${more}${contents.join("")}</ListBucketResult>`,
  );
}

const staticSecret: SecretLookup = (accessKeyId) =>
  accessKeyId === staticKey.accessKeyId ? { secret: staticKey.secretAccessKey } : { refusal: "InvalidAccessKeyId" };
