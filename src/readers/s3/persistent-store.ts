import { setMaxListeners } from "node:events";
import { RolesAnywhereError } from "../../errors.js";
import { formatLocation } from "./object-store.js";
import type { ObjectLocation } from "../objects/query.js";
import type { ListedObject, ObjectStore, RangeRequest, RangeResponse, TransferTally } from "./object-store.js";
import { objectChanged, statusOf } from "./errors.js";
import { persist } from "./persist.js";
import type { Persisting } from "./persist.js";

export interface Persistence extends Pick<Persisting, "random"> {
  /** A body that stalls for this long is aborted and requested again, in milliseconds. */
  readonly stallMs: number;
}

/** An object's first bytes and the metadata of that response. */
export interface OpenedObject extends ListedObject {
  readonly head: Uint8Array;
}

/** S3 with retries: complete listings and complete ranges. */
export interface PersistentStore {
  list(bucket: string, prefix: string): AsyncIterable<ListedObject>;
  /** Reads up to `headBytes` from the start. @param ifMatch The ETag from a listing, if any. */
  open(location: ObjectLocation, headBytes: number, ifMatch?: string): Promise<OpenedObject>;
  /** Reads a range of exactly this version. After a broken connection, requests only the rest. */
  read(object: ListedObject, start: number, end: number): Promise<Uint8Array>;
}

/** What all requests of one run share. */
interface Session extends Persisting {
  readonly store: ObjectStore;
  readonly stallMs: number;
  readonly tally: TransferTally;
}

export function createPersistentStore(
  store: ObjectStore,
  persistence: Persistence,
  tally: TransferTally,
  stop: AbortSignal,
): PersistentStore {
  // A separate signal: every request in flight listens to it, and Node warns of a leak at more than ten listeners.
  const signal = AbortSignal.any([stop]);
  setMaxListeners(0, signal);
  const session: Session = { store, ...persistence, tally, signal };
  return {
    async *list(bucket, prefix) {
      let after: string | undefined;
      do {
        const page = await persist(session, "ListObjectsV2", `s3://${bucket}/${prefix}`, () =>
          store.listPage(bucket, prefix, after, signal),
        );
        yield* page.objects;
        after = page.next;
      } while (after !== undefined);
    },
    async open({ bucket, key, versionId }, headBytes, ifMatch) {
      const target = new Uint8Array(headBytes);
      const request = { bucket, key, versionId, start: 0, end: headBytes, ifMatch };
      const { size, etag, lastModified } = await readInto(session, request, target).catch((error: unknown) => {
        // S3 rejects any range of an empty object.
        if (statusOf((error as Error).cause) === 416) return { size: 0, etag: "", lastModified: undefined };
        throw error;
      });
      const head = target.subarray(0, Math.min(size, headBytes));
      return { bucket, key, versionId, size, etag, lastModified: lastModified ?? new Date(0), head };
    },
    async read({ bucket, key, versionId, etag }, start, end) {
      const target = new Uint8Array(end - start);
      await readInto(session, { bucket, key, versionId, start, end, ifMatch: etag }, target);
      return target;
    },
  };
}

/** Sends one request and collects the body. If the body breaks off, the error is returned, not thrown. */
async function receive(
  { store, stallMs, tally, signal }: Session,
  request: RangeRequest,
  target: Uint8Array,
  from: number,
  reset: () => void,
): Promise<Part> {
  const guard = createStallGuard(stallMs, signal);
  let at = from;
  let answer: RangeResponse | undefined;
  try {
    answer = await store.getRange({ ...request, start: request.start + from }, guard.signal);
    guard.onAbort(answer.cancel);
    if (request.ifMatch !== undefined && answer.etag !== request.ifMatch) throw objectChanged(formatLocation(request));
    for await (const chunk of answer.body) {
      guard.extend();
      reset();
      const wanted = Math.min(chunk.length, target.length - at);
      target.set(wanted === chunk.length ? chunk : chunk.subarray(0, wanted), at);
      at += wanted;
      tally.bytesReceived += chunk.length;
      // The response is longer than requested. Breaking only then leaves the connection reusable in all other cases.
      if (wanted < chunk.length) break;
    }
    return { at, answer, error: undefined };
  } catch (error) {
    const cause = guard.stalled() ? new StalledError(stallMs) : (error as Error);
    answer?.cancel();
    if (answer === undefined || cause instanceof RolesAnywhereError) throw cause;
    return { at, answer, error: cause };
  } finally {
    guard.end();
  }
}

async function readInto(session: Session, request: RangeRequest, target: Uint8Array): Promise<RangeResponse> {
  let at = 0;
  let ifMatch = request.ifMatch;
  return persist(session, "GetObject", formatLocation(request), async (reset) => {
    const part = await receive(session, { ...request, ifMatch }, target, at, reset);
    ({ at } = part);
    // The rest must come from the same version as the first bytes.
    ifMatch = part.answer.etag;
    if (request.start + at >= Math.min(request.end, part.answer.size)) return part.answer;
    throw part.error ?? Object.assign(new Error("the body ended early"), { code: "ECONNRESET" });
  });
}

interface Part {
  readonly at: number;
  readonly answer: RangeResponse;
  readonly error: Error | undefined;
}

/** Creates a signal that fires when the run is interrupted or no data arrives for too long. */
function createStallGuard(stallMs: number, parent: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, stallMs);
  parent.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    onAbort: (listener: () => void) => controller.signal.addEventListener("abort", listener, { once: true }),
    extend: () => void timer.refresh(),
    stalled: () => controller.signal.aborted && !parent.aborted,
    end() {
      clearTimeout(timer);
      parent.removeEventListener("abort", abort);
    },
  };
}

class StalledError extends Error {
  constructor(stallMs: number) {
    super(`nothing arrived for ${stallMs / 1000} s`);
    this.name = "TimeoutError";
  }
}
