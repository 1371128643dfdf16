/** An object to write. */
export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
}

export interface SentPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
  readonly crc32: number;
}

/** All parts of an object, in order. */
export interface CompleteParts {
  readonly parts: readonly SentPart[];
  /** Of all bytes. */
  readonly crc32: number;
  readonly size: number;
}

/** What S3 knows about an object; undefined if the object or a value is missing. */
export interface StoredObject {
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /** Of all bytes. */
  readonly crc32: number | undefined;
}

/** The S3 operations that write an object. Each call is one request; the caller retries it. */
export interface UploadStore {
  put(target: UploadTarget, bytes: Uint8Array, crc32: number, signal: AbortSignal): Promise<void>;
  /** @returns The ID of the upload. */
  create(target: UploadTarget, signal: AbortSignal): Promise<string>;
  /** @returns The ETag of the part. */
  sendPart(target: UploadTarget, uploadId: string, part: PartToSend, signal: AbortSignal): Promise<string>;
  complete(target: UploadTarget, uploadId: string, parts: CompleteParts, signal: AbortSignal): Promise<void>;
  abort(target: UploadTarget, uploadId: string, signal: AbortSignal): Promise<void>;
  head(target: UploadTarget, signal: AbortSignal): Promise<StoredObject | undefined>;
  close(): void;
}

export interface PartToSend {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly crc32: number;
}
