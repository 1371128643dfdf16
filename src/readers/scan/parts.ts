import { makeFolder } from "../../aws/files/make-folder.js";
import { openEmptyFile, writeWhole } from "../../aws/files/open-output.js";
import { cannotWrite } from "../../aws/files/write-failure.js";
import { open, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../../errors.js";

/** Partial files that hold the lines of a scan until it is complete: one for all segments, or one per segment. */
export interface Parts {
  /** Resolves when the lines are written and their memory may be reused. */
  append(offset: number, lines: Uint8Array): Promise<void>;
  /** Bytes completely written to each file, by key. */
  lengths(): Readonly<Record<string, number>>;
  /** Makes the bytes reported by `lengths` survive a power failure. */
  sync(): Promise<void>;
  /** Flushes and closes the files. Creates an empty file for each of the keys that has none. */
  complete(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

export interface PartsOptions {
  /** Returns the key of the file for a segment's lines. */
  readonly keyOf: (offset: number) => string;
  readonly pathOf: (key: string) => string;
  /** From a checkpoint: files to continue, and at which length. */
  readonly lengths: Readonly<Record<string, number>>;
}

interface Part {
  readonly path: string;
  handle: Promise<FileHandle> | undefined;
  length: number;
  /** The end of the queue of writes. */
  tail: Promise<void>;
}

/** The least recently used files are closed above this number, so that any number of segments works. */
const maxOpen = 64;

export function openParts({ keyOf, pathOf, lengths }: PartsOptions): Parts {
  const parts = new Map<string, Part>();
  const create = (key: string, length: number): Part => {
    const part = { path: pathOf(key), handle: undefined, length, tail: Promise.resolve() };
    parts.set(key, part);
    return part;
  };
  for (const [key, length] of Object.entries(lengths)) create(key, length);
  const opened = new Set<Part>();
  const use = async (part: Part): Promise<FileHandle> => {
    opened.delete(part);
    opened.add(part);
    const [oldest] = opened;
    if (opened.size > maxOpen && oldest !== undefined) await queue(oldest, () => shut(oldest));
    part.handle ??= openAt(part.path, part.length);
    return part.handle;
  };
  const shut = async (part: Part) => {
    const { handle } = part;
    if (handle === undefined) return;
    part.handle = undefined;
    opened.delete(part);
    const file = await handle;
    await file.sync();
    await file.close();
  };
  const close = async () => {
    for (const part of parts.values()) await queue(part, () => shut(part));
  };
  return {
    append(offset, lines) {
      const key = keyOf(offset);
      const part = parts.get(key) ?? create(key, 0);
      return queue(part, async () => {
        await writeWhole(await use(part), lines, part.path, part.length);
        part.length += lines.length;
      });
    },
    lengths: () => Object.fromEntries([...parts].map(([key, { length }]) => [key, length])),
    async sync() {
      for (const part of opened) await queue(part, async () => (await part.handle)?.datasync());
    },
    async complete(keys) {
      for (const key of keys) {
        const part = parts.get(key) ?? create(key, 0);
        await queue(part, async () => void (await use(part)));
      }
      await close();
    },
    close,
    async remove() {
      await close().catch(() => undefined);
      for (const { path } of parts.values()) await rm(path, { force: true });
    },
  };
}

/** Runs the actions on one file one after the other. */
function queue(part: Part, action: () => Promise<void>): Promise<void> {
  const done = part.tail.then(action);
  part.tail = done.catch(() => undefined);
  return done;
}

async function openAt(path: string, length: number): Promise<FileHandle> {
  if (length === 0) {
    try {
      makeFolder(dirname(path));
      return await openEmptyFile(path);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.size < length) {
    throw new UsageError(
      "ERR_INPUT",
      `the partial output "${path}" has ${found?.size ?? 0} bytes, but the checkpoint counts on ${length}`,
      { hints: ["put the file back, or remove the checkpoint to start over"] },
    );
  }
  const handle = await open(path, "r+").catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  await handle.truncate(length);
  return handle;
}
