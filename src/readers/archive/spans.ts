import { InternalError } from "../../errors.js";
import type { Chunks } from "../compression/decompress.js";
import { mapAhead } from "../map-ahead.js";
import type { OpenedObject, PersistentStore } from "../s3/persistent-store.js";

/** A range of an object's bytes. */
export interface Span {
  readonly object: OpenedObject;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

interface Part extends Span {
  readonly bytes: Uint8Array;
}

export interface ReadAhead {
  /** Bytes per request. */
  readonly partBytes: number;
  /** Bytes of the first request, if different; each further request is for twice as many until `partBytes`. */
  readonly firstBytes?: number;
  /** Requests in flight. */
  readonly ahead: number;
}

/** Buffers up to 8 MiB in memory. */
const fullSpeed: ReadAhead = { partBytes: 2 * 1024 * 1024, ahead: 4 };
/** For a reader that may stop early. */
export const carefully: ReadAhead = { firstBytes: 128 * 1024, partBytes: 2 * 1024 * 1024, ahead: 2 };
/** For detecting a format from the beginning of the data. */
export const firstGlance: ReadAhead = { partBytes: 128 * 1024, ahead: 1 };

/** Returns how to read rows up to a limit. */
export const readAheadFor = (limit: number): ReadAhead => (limit === Number.POSITIVE_INFINITY ? fullSpeed : carefully);

/** Reads a range that lies within the planned spans. Ranges must be requested in ascending order. */
export type SpanReader = (object: OpenedObject, start: number, end: number) => Chunks;

/**
 * Reads planned spans ahead of their consumer, with several requests in flight and across objects, so that neither one
 * slow response nor many small objects stall the read.
 */
export function createSpanReader(
  spans: AsyncIterable<Span> | Iterable<Span>,
  store: Pick<PersistentStore, "read">,
  readAhead: ReadAhead = fullSpeed,
): SpanReader {
  const parts = mapAhead(cutIntoParts(spans, readAhead), readAhead.ahead, async (span): Promise<Part> => {
    const { object, start, end } = span;
    const bytes = end <= object.head.length ? object.head.subarray(start, end) : await store.read(object, start, end);
    return { ...span, bytes };
  });
  let current: Part | undefined;
  return async function* readSpan(object, start, end) {
    let at = start;
    while (at < end) {
      while (current === undefined || current.object !== object || at < current.start || at >= current.end) {
        const next = await parts.next();
        if (next.done === true) throw new InternalError(`bytes ${at} to ${end} were not planned for`);
        current = next.value;
      }
      const piece = current.bytes.subarray(at - current.start, end - current.start);
      at += piece.length;
      yield piece;
    }
  };
}

async function* cutIntoParts(
  spans: AsyncIterable<Span> | Iterable<Span>,
  { partBytes, firstBytes = partBytes }: ReadAhead,
): AsyncGenerator<Span> {
  let bytes = firstBytes;
  for await (const { object, start, end } of spans) {
    for (let at = start; at < end;) {
      const inHead = at < object.head.length;
      const stop = Math.min(end, inHead ? object.head.length : at + bytes);
      if (!inHead) bytes = Math.min(partBytes, bytes * 2);
      yield { object, start: at, end: stop };
      at = stop;
    }
  }
}
