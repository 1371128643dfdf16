import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ListedObject } from "./object-store.js";
import type { PersistentStore } from "./persistent-store.js";

type RangeStore = Pick<PersistentStore, "read">;

interface Kept {
  readonly start: number;
  readonly end: number;
  /** The offset in the file. */
  readonly at: number;
}

/** A store that caches what it reads while `keep` is on, so that no byte is requested twice. */
export interface KeptRanges extends RangeStore {
  /** Turns caching of further reads on or off. Cached bytes stay. */
  keep(on: boolean): void;
  /** Drops all cached bytes. */
  close(): Promise<void>;
}

/** Caches ranges in an unlinked temporary file, for a reader that reads the same objects again. */
export function createKeptRanges(store: RangeStore): KeptRanges {
  const ranges = new Map<string, Kept[]>();
  let file: Promise<FileHandle> | undefined;
  let length = 0;
  let keeping = false;
  const keyOf = ({ bucket, key, versionId, etag }: ListedObject) => JSON.stringify([bucket, key, versionId, etag]);

  async function fetchRange(object: ListedObject, start: number, end: number): Promise<Uint8Array> {
    const bytes = await store.read(object, start, end);
    if (!keeping) return bytes;
    const at = length;
    length += bytes.length;
    file ??= openNameless();
    const handle = await file;
    for (let done = 0; done < bytes.length;)
      done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    const kept = ranges.get(keyOf(object)) ?? [];
    ranges.set(keyOf(object), kept);
    kept.push({ start, end: start + bytes.length, at });
    return bytes;
  }

  return {
    async read(object, start, end) {
      const kept = (ranges.get(keyOf(object)) ?? []).filter((range) => range.start < end && range.end > start);
      if (kept.length === 0 || file === undefined) return fetchRange(object, start, end);
      const target = new Uint8Array(end - start);
      const handle = await file;
      let at = start;
      for (const range of kept.toSorted((one, other) => one.start - other.start)) {
        if (range.start > at) target.set(await fetchRange(object, at, range.start), at - start);
        at = Math.max(at, range.start);
        const stop = Math.min(end, range.end);
        while (at < stop) {
          const { bytesRead } = await handle.read(target, at - start, stop - at, range.at + at - range.start);
          if (bytesRead === 0) throw new Error("the temporary file was cut short");
          at += bytesRead;
        }
      }
      if (at < end) target.set(await fetchRange(object, at, end), at - start);
      return target;
    },
    keep(on) {
      keeping = on;
    },
    async close() {
      ranges.clear();
      await (await file)?.close();
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
