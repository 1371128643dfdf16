import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ListedObject } from "./object-store.js";
import type { PersistentStore } from "./persistent-store.js";

type RangeStore = Pick<PersistentStore, "read">;

/** Bytes that are kept at all, and those of them in memory. */
const maxKeptBytes = 512 * 1024 * 1024;
const maxMemoryBytes = 4 * 1024 * 1024;

interface Kept {
  readonly start: number;
  readonly end: number;
  /** Rejects when the range could not be read or kept. */
  readonly place: Promise<Place>;
}

/** Where the bytes of a range are: in memory or at an offset of the file. */
type Place = { readonly bytes: Uint8Array } | { readonly at: number };

/** A store that caches what it reads while `keep` is on, so that no byte is requested twice. */
export interface KeptRanges extends RangeStore {
  /** Turns caching of further reads on or off. Cached bytes stay. */
  keep(on: boolean): void;
  /** How many more bytes can be cached. */
  readonly room: number;
  /** Drops all cached bytes. */
  close(): Promise<void>;
}

/** Caches ranges in memory and in an unlinked temporary file, for a reader that reads the same objects again. */
export function createKeptRanges(store: RangeStore): KeptRanges {
  const ranges = new Map<string, Kept[]>();
  let file: Promise<FileHandle> | undefined;
  let fileBytes = 0;
  let memoryBytes = 0;
  let room = maxKeptBytes;
  let keeping = false;
  const keyOf = ({ bucket, key, versionId, etag }: ListedObject) => JSON.stringify([bucket, key, versionId, etag]);

  async function keepBytes(bytes: Uint8Array): Promise<Place> {
    if (memoryBytes + bytes.length <= maxMemoryBytes) {
      memoryBytes += bytes.length;
      return { bytes };
    }
    const at = fileBytes;
    fileBytes += bytes.length;
    try {
      file ??= openNameless();
      const handle = await file;
      for (let done = 0; done < bytes.length;)
        done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    } catch (error) {
      // Without room on the disk, the bytes are requested again.
      room = 0;
      throw error;
    }
    return { at };
  }

  async function fetchRange(object: ListedObject, start: number, end: number): Promise<Uint8Array> {
    const bytes = store.read(object, start, end);
    if (!keeping || end - start > room) return bytes;
    room -= end - start;
    const place = bytes.then(keepBytes);
    // A second reader waits for a range in flight. A failure is reported by the first.
    place.catch(() => undefined);
    const kept = ranges.get(keyOf(object)) ?? [];
    ranges.set(keyOf(object), kept);
    kept.push({ start, end, place });
    await place.catch(() => undefined);
    return bytes;
  }

  /** Copies a part of a kept range. @returns Whether it was there. */
  async function copyKept({ start, place }: Kept, from: number, target: Uint8Array): Promise<boolean> {
    const found = await place.catch(() => undefined);
    if (found === undefined) return false;
    if ("bytes" in found) {
      target.set(found.bytes.subarray(from - start, from - start + target.length));
      return true;
    }
    const handle = await file;
    for (let done = 0; done < target.length;) {
      const read = await handle?.read(target, done, target.length - done, found.at + from - start + done);
      if (read === undefined || read.bytesRead === 0) return false;
      done += read.bytesRead;
    }
    return true;
  }

  return {
    async read(object, start, end) {
      const kept = (ranges.get(keyOf(object)) ?? []).filter((range) => range.start < end && range.end > start);
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
        if (!(await copyKept(range, at, target.subarray(at - start, stop - start)))) await fetchInto(at, stop);
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
      await (await file?.catch(() => undefined))?.close();
      file = undefined;
    },
  };
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `.rolesanywhere-ts-${randomBytes(12).toString("hex")}.partial`);
  const handle = await open(path, "wx+", 0o600);
  // Where an open file cannot be removed, the system's cleanup of temporary files removes it.
  await rm(path, { force: true }).catch(() => undefined);
  return handle;
}
