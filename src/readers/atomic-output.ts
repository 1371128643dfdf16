import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../errors.js";
import type { ByteSink } from "./byte-sink.js";

/** A file that appears under its name whole, or not at all. */
export interface AtomicOutput extends ByteSink {
  readonly path: string;
  /** Flushes the file to the disk and gives it its name, replacing what had it. */
  commit(): Promise<void>;
  /** Removes what was written; the old file, if any, stays as it was. Harmless after `commit`. */
  abort(): Promise<void>;
}

/**
 * Opens an output file. Bytes go to a hidden file in the same folder until `commit`. A path that is a device or a named
 * pipe is written directly.
 *
 * @throws UsageError `ERR_OUTPUT` when the file cannot be made there.
 */
export async function openAtomicOutput(path: string): Promise<AtomicOutput> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) {
    throw new UsageError("ERR_OUTPUT", `output "${path}" is a directory`, {
      hints: [`name a file in it: --output ${join(path, "rows.csv")}`],
    });
  }
  const direct = existing !== undefined && !existing.isFile();
  const partial = direct ? path : join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.partial`);
  const handle = await open(partial, direct ? "w" : "wx").catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  let open_ = true;
  return {
    path,
    write: (bytes) => writeWhole(handle, bytes, path),
    async commit() {
      open_ = false;
      try {
        if (!direct) await handle.sync();
        await handle.close();
        if (!direct) await rename(partial, path);
      } catch (error) {
        await handle.close().catch(() => undefined);
        if (!direct) await rm(partial, { force: true });
        throw cannotWrite(path, error);
      }
    },
    async abort() {
      if (!open_) return;
      open_ = false;
      await handle.close().catch(() => undefined);
      if (!direct) await rm(partial, { force: true });
    },
  };
}

/**
 * Writes all of the bytes, at the end or at a position.
 *
 * @throws UsageError `ERR_OUTPUT`
 */
export async function writeWhole(
  handle: FileHandle,
  bytes: Uint8Array,
  path: string,
  position?: number,
): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      const at = position === undefined ? null : position + offset;
      offset += (await handle.write(bytes, offset, bytes.length - offset, at)).bytesWritten;
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }
}

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ["its folder does not exist", "make the folder first"],
  EACCES: ["permission denied", "choose a folder that you may write to"],
  EPERM: ["permission denied", "choose a folder that you may write to"],
  EROFS: ["the file system is read-only", "choose a folder that you may write to"],
  ENOSPC: ["the disk is full", "free some space, or write compressed: leave out --output and pipe through gzip"],
  ENOTDIR: ["a part of the path is not a folder", "check the path"],
};

/** What kept a file from being written, in words. */
export function cannotWrite(path: string, cause: unknown): UsageError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const [reason, hint] = reasons[code] ?? [`error ${code === "" ? String(cause) : code}`, "check the path"];
  return new UsageError("ERR_OUTPUT", `cannot write output "${path}": ${reason}`, { hints: [hint], cause });
}
