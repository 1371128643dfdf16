import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where bytes are: in memory or at an offset of the file. */
export type Place = { readonly bytes: Uint8Array } | { readonly at: number };

const maxMemoryBytes = 4 * 1024 * 1024;

/** Keeps bytes in memory, and what exceeds it in an unlinked temporary file. */
export class ByteKeep {
  #file: Promise<FileHandle> | undefined;
  #fileBytes = 0;
  #memoryBytes = 0;

  /** @throws the system's error when there is no room on the disk. */
  async put(bytes: Uint8Array): Promise<Place> {
    if (this.#memoryBytes + bytes.length <= maxMemoryBytes) {
      this.#memoryBytes += bytes.length;
      return { bytes };
    }
    const at = this.#fileBytes;
    this.#fileBytes += bytes.length;
    this.#file ??= openNameless();
    const handle = await this.#file;
    for (let done = 0; done < bytes.length;)
      done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    return { at };
  }

  /** Copies bytes from `offset` of a place on. */
  async copy(place: Place, offset: number, target: Uint8Array): Promise<void> {
    if ("bytes" in place) return target.set(place.bytes.subarray(offset, offset + target.length));
    const handle = await this.#file;
    for (let done = 0; done < target.length;) {
      const read = await handle?.read(target, done, target.length - done, place.at + offset + done);
      if (read === undefined || read.bytesRead === 0) throw new Error("the temporary file was cut short");
      done += read.bytesRead;
    }
  }

  async close(): Promise<void> {
    await (await this.#file?.catch(() => undefined))?.close();
    this.#file = undefined;
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `.rolesanywhere-ts-${randomBytes(12).toString("hex")}.partial`);
  const handle = await open(path, "wx+", 0o600);
  // Where an open file cannot be removed, the system's cleanup of temporary files removes it.
  await rm(path, { force: true }).catch(() => undefined);
  return handle;
}
