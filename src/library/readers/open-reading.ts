import { fallbackRegion } from "../../aws/region.js";
import { createPersistentStore } from "../../readers/s3/persistent-store.js";
import type { PersistentStore } from "../../readers/s3/persistent-store.js";
import { createS3Store } from "../../readers/s3/sdk-store.js";
import { serviceNames } from "../../settings/connection.js";
import { toProvider } from "../given-credentials.js";
import type { BucketOptions, ReadingConnection } from "./options.js";
import { resolveReadingConnection } from "./connection.js";

/** S3 access for one read operation. */
export interface Reading {
  readonly store: PersistentStore;
  /** Aborted by the caller's signal, and when reading ends. */
  readonly signal: AbortSignal;
  /** Cancels requests in flight. Unneeded prefetched data must not keep the process alive. */
  end(): void;
}

/** @throws UsageError `ERR_SETTING` for the connection; the reason of a signal that is already aborted. */
export function openReading(options: ReadingConnection & BucketOptions, timeoutMs: number): Reading {
  const { requesterPays = false } = options;
  // S3's own redirect leads to a bucket in another region.
  const connection = resolveReadingConnection(serviceNames.s3, options, fallbackRegion);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  signal.throwIfAborted();
  const s3 = createS3Store({ ...connection, credentials: toProvider(options.credentials), requesterPays, timeoutMs });
  const transfer = { requests: 0, retries: 0, bytesReceived: 0 };
  return {
    store: createPersistentStore(s3, { stallMs: timeoutMs, random: Math.random }, transfer, signal),
    signal,
    end() {
      ended.abort();
      s3.close();
    },
  };
}
