/** An object as returned by ListObjectsV2. */
export interface ListedObject {
  readonly bucket: string;
  readonly key: string;
  /** The requested version; the current one if absent. */
  readonly versionId?: string | undefined;
  readonly size: number;
  /** Includes the quotes, as sent by the service. */
  readonly etag: string;
  readonly lastModified: Date;
}

export interface RangeRequest {
  readonly bucket: string;
  readonly key: string;
  /** The requested version; the current one if absent. */
  readonly versionId?: string | undefined;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** The ETag of the required version; undefined accepts any version. */
  readonly ifMatch: string | undefined;
}

export interface RangeResponse {
  /** Size of the whole object. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection; reading the body then fails. */
  readonly cancel: () => void;
}

/** The S3 operations that the readers need. Each call is one request; the caller retries it. */
export interface ObjectStore {
  listPage(bucket: string, prefix: string, after: string | undefined, signal: AbortSignal): Promise<ListPage>;
  getRange(request: RangeRequest, signal: AbortSignal): Promise<RangeResponse>;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Continuation token; undefined on the last page. */
  readonly next: string | undefined;
}

/** The network use of a run. This is the only mutable state here. */
export interface TransferTally {
  requests: number;
  retries: number;
  bytesReceived: number;
}

export const formatLocation = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string =>
  `s3://${bucket}/${key}`;
