import { fallbackRegion } from "../../aws/region.js";
import { createPersistentStore } from "../../readers/s3/persistent-store.js";
import type { PersistentStore } from "../../readers/s3/persistent-store.js";
import { createS3Store } from "../../readers/s3/sdk-store.js";
import { serviceNames } from "../../settings/connection.js";
import { toProvider } from "../given-credentials.js";
import type { ReadingConnection } from "./options.js";
import { resolveReadingConnection } from "./connection.js";

/** S3 as one reading uses it. */
export interface Reading {
  readonly store: PersistentStore;
  /** Aborted by the caller's signal, and when the reading ends. */
  readonly signal: AbortSignal;
  /** Cancels what is under way: what was fetched ahead and is not wanted any more must not keep the process. */
  end(): void;
}

/** @throws UsageError `ERR_SETTING` for the connection; the reason of a signal that is aborted already. */
export function openReading(options: ReadingConnection, timeoutMs: number): Reading {
  // A bucket in another region is found by S3's own redirect.
  const connection = resolveReadingConnection(serviceNames.s3, options, fallbackRegion);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  signal.throwIfAborted();
  const s3 = createS3Store({ ...connection, credentials: toProvider(options.credentials), timeoutMs });
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
