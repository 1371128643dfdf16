import { ByteKeep } from "./byte-keep.js";
import type { Place } from "./byte-keep.js";
import type { ListedObject } from "./object-store.js";
import type { PersistentStore } from "./persistent-store.js";

type RangeStore = Pick<PersistentStore, "read">;

const maxKeptBytes = 512 * 1024 * 1024;

interface Kept {
  readonly start: number;
  readonly end: number;
  /** Rejects when the range could not be read or kept. */
  readonly place: Promise<Place>;
}

/** A store that caches what it reads while `keep` is on, so that no byte is requested twice. */
export interface KeptRanges extends RangeStore {
  /** Turns caching of further reads on or off. Cached bytes stay. */
  keep(on: boolean): void;
  /** How many more bytes can be cached. */
  readonly room: number;
  /** Drops all cached bytes. */
  close(): Promise<void>;
}

/** Caches ranges in memory and in a temporary file, for a reader that reads the same objects again. */
export function createKeptRanges(store: RangeStore): KeptRanges {
  const ranges = new Map<string, Kept[]>();
  const bytes = new ByteKeep();
  let room = maxKeptBytes;
  let keeping = false;
  const rangesOf = ({ bucket, key, versionId, etag }: ListedObject): Kept[] => {
    const name = JSON.stringify([bucket, key, versionId, etag]);
    const known = ranges.get(name) ?? [];
    ranges.set(name, known);
    return known;
  };

  async function fetchRange(object: ListedObject, start: number, end: number): Promise<Uint8Array> {
    const answer = store.read(object, start, end);
    if (!keeping || end - start > room) return answer;
    room -= end - start;
    // A second reader waits for a range in flight. A failure is reported by the first.
    const place = answer.then((found) => bytes.put(found));
    rangesOf(object).push({ start, end, place });
    await place.catch(() => {
      // Without room on the disk, the bytes are requested again.
      room = 0;
    });
    return answer;
  }

  return {
    async read(object, start, end) {
      const kept = rangesOf(object).filter((range) => range.start < end && range.end > start);
      if (kept.length === 0) return fetchRange(object, start, end);
      const target = new Uint8Array(end - start);
      const fetchInto = async (from: number, to: number) =>
        target.set(await fetchRange(object, from, to), from - start);
      let at = start;
      for (const range of kept.toSorted((one, other) => one.start - other.start)) {
        if (range.start > at) await fetchInto(at, range.start);
        at = Math.max(at, range.start);
        const stop = Math.min(end, range.end);
        if (at >= stop) continue;
        const place = await range.place.catch(() => undefined);
        if (place === undefined) await fetchInto(at, stop);
        else await bytes.copy(place, at - range.start, target.subarray(at - start, stop - start));
        at = stop;
      }
      if (at < end) await fetchInto(at, end);
      return target;
    },
    keep(on) {
      keeping = on;
    },
    get room() {
      return room;
    },
    async close() {
      ranges.clear();
      await bytes.close();
    },
  };
}
