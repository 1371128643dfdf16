import { constants, fsync, write } from "node:fs";
import { lstat, open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { beginReplacement, placeFile } from "./replacement.js";
import { removeLeftovers } from "./temporary.js";
import { findFile, findTarget } from "./target.js";
import type { TargetOptions } from "./target.js";
import { cannotWrite } from "./write-failure.js";

/** A file that appears under its name only when complete. */
export interface OutputFile {
  readonly path: string;
  /** Resolves when the bytes may be reused and the next write may start. */
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes the file to the disk and renames it, replacing an existing file. */
  commit(): Promise<void>;
  /** Removes what was written; an existing file stays unchanged. Has no effect after `commit`. */
  abort(): Promise<void>;
}

const writeTo = promisify(write);
const flush = promisify(fsync);

/**
 * Opens an output file. Data is written to a hidden file in the same folder until `commit`. Mode, owner and links of an
 * existing file are kept. A device, a named pipe and an open descriptor such as /dev/stdout are written to directly.
 *
 * @throws UsageError `ERR_OUTPUT` when the file cannot be created there.
 */
export async function openOutput(path: string, options: TargetOptions = { secret: false }): Promise<OutputFile> {
  const target = findTarget(path, options);
  if (target.kind === "stream") return openStream(path, target.path);
  removeLeftovers(target.path);
  const file = guarded(path, () => beginReplacement(target.path, target.present, options));
  let isOpen = true;
  const abort = async () => {
    if (isOpen) file.discard();
    isOpen = false;
  };
  return {
    path,
    async write(bytes) {
      for (let written = 0; written < bytes.length;) {
        try {
          written += (await writeTo(file.fd, bytes, written, bytes.length - written)).bytesWritten;
        } catch (error) {
          throw cannotWrite(path, error);
        }
      }
    },
    async commit() {
      try {
        await flush(file.fd);
      } catch (error) {
        await abort();
        throw cannotWrite(path, error);
      }
      isOpen = false;
      guarded(path, () => file.commit());
    },
    abort,
  };
}

/**
 * Renames a complete file within its folder, as `commit` does.
 *
 * @param path A path that `findTarget` identified as a file.
 * @throws UsageError `ERR_OUTPUT`
 */
export function placeOutput(from: string, path: string): void {
  const options = { secret: false };
  const target = findFile(path, options);
  guarded(path, () => placeFile(from, target.path, target.present, options));
}

/** Opens an empty file for writing. Follows no link, and waits for no pipe that somebody left under this name. */
export async function openEmptyFile(path: string): Promise<FileHandle> {
  const present = await lstat(path).catch(() => undefined);
  if (present !== undefined && !present.isFile()) await rm(path, { force: true });
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0), 0o666);
}

/** Opens a stream for appending, so that `>> FILE` works. */
async function openStream(path: string, real: string): Promise<OutputFile> {
  const handle = await open(real, constants.O_WRONLY | constants.O_APPEND).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    path,
    write: (bytes) => writeWhole(handle, bytes, path),
    async commit() {
      await close().catch((error: unknown) => {
        throw cannotWrite(path, error);
      });
    },
    abort: () => close().catch(() => undefined),
  };
}

/**
 * Writes all bytes, at the end or at a position.
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

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
