/** An object as a listing shows it. */
export interface ListedObject {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** With its quotes, as the service sends it. */
  readonly etag: string;
  readonly lastModified: Date;
}

export interface RangeRequest {
  readonly bucket: string;
  readonly key: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** The version that is wanted; undefined takes any. */
  readonly ifMatch: string | undefined;
}

export interface RangeResponse {
  /** Size of the whole object. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection; the body then ends in an error. */
  readonly cancel: () => void;
}

/** What the readers need of S3. Each call is one request; the caller retries it. */
export interface ObjectStore {
  listPage(bucket: string, prefix: string, after: string | undefined, signal: AbortSignal): Promise<ListPage>;
  getRange(request: RangeRequest, signal: AbortSignal): Promise<RangeResponse>;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Continuation token; undefined on the last page. */
  readonly next: string | undefined;
}

/** What a run has asked of the network; the one thing here that changes as it goes. */
export interface TransferTally {
  requests: number;
  retries: number;
  bytesReceived: number;
}

export const formatLocation = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string =>
  `s3://${bucket}/${key}`;
