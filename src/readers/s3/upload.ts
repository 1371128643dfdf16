import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { crc32 } from "node:zlib";
import type { OutputFile } from "../../aws/files/open-output.js";
import { NetworkError, ServiceError, textsOf, UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { quoteForPosixShell } from "../../printable.js";
import { UncertainOutputError } from "../output/uncertain-output.js";
import { CredentialsFailure, statusOf } from "./errors.js";
import { formatLocation } from "./object-store.js";
import { maxParts, partSize } from "./part-sizes.js";
import { persist } from "./persist.js";
import type { Persisting } from "./persist.js";
import type { SentPart, UploadStore, UploadTarget } from "./upload-store.js";

export interface UploadContext extends Persisting {
  /** Called before the first request. */
  readonly openStore: () => Promise<UploadStore>;
  /** Tells the user what to do about parts that could not be removed. */
  readonly onLeftover: (note: Text) => void;
}

/** Parts in memory that are on their way; at least one part, whatever its size. */
const maxFlyingBytes = 10 * 1024 ** 2;
/** How long the last requests may take after an interruption or failure: then it ends, with or without an answer. */
const graceMs = 10_000;

/**
 * Opens an object that appears under its key only when complete, replacing one that exists. A small one is sent by one
 * PutObject, a larger one by a multipart upload with several parts at once. Nothing is written to the disk.
 */
export function openUpload(target: UploadTarget, context: UploadContext): OutputFile {
  return new Upload(target, context);
}

class Upload implements OutputFile {
  readonly path: string;
  readonly #target: UploadTarget;
  readonly #context: UploadContext;
  /** Ends the parts on their way. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #store: Promise<UploadStore> | undefined;
  #uploadId: Promise<string> | undefined;
  #ended = false;
  #failure: unknown;

  /** Bytes of the next part. */
  #part: Buffer | undefined;
  #filled = 0;
  #size = 0;
  #crc32 = 0;
  readonly #sent: SentPart[] = [];
  #begun = 0;
  readonly #flying = new Set<Promise<void>>();
  #flyingBytes = 0;
  #spare: Buffer[] = [];

  constructor(target: UploadTarget, context: UploadContext) {
    this.path = formatLocation(target);
    this.#target = target;
    this.#context = context;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
    // Every part on its way listens, and Node warns of a leak at more than ten listeners.
    setMaxListeners(0, this.#signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    this.#crc32 = crc32(bytes, this.#crc32);
    for (let at = 0; at < bytes.length;) {
      this.#throwFailure();
      const part = (this.#part ??= this.#nextBuffer());
      const taken = Math.min(part.length - this.#filled, bytes.length - at);
      part.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === part.length) await this.#sendPart();
    }
  }

  async commit(): Promise<void> {
    if (this.#uploadId === undefined) await this.#put();
    else await this.#complete(this.#uploadId);
    await this.#end();
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#stop.abort();
    await Promise.allSettled(this.#flying);
    // An upload whose ID did not arrive cannot be removed; it has no parts.
    const uploadId = await this.#uploadId?.catch(() => undefined);
    if (uploadId !== undefined) await this.#remove(uploadId);
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#ended = true;
    (await this.#store?.catch(() => undefined))?.close();
  }

  #nextBuffer(): Buffer {
    const size = partSize(this.#begun + 1);
    if (this.#spare[0]?.length !== size) this.#spare = [];
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  async #sendPart(): Promise<void> {
    const buffer = this.#part ?? Buffer.alloc(0);
    const bytes = buffer.subarray(0, this.#filled);
    this.#part = undefined;
    this.#filled = 0;
    const number = ++this.#begun;
    if (number > maxParts) throw tooLarge(this.path);
    this.#uploadId ??= this.#request("CreateMultipartUpload", this.#late(), (store, signal) =>
      store.create(this.#target, signal),
    );
    const uploadId = await this.#uploadId;
    while (this.#flyingBytes > 0 && this.#flyingBytes + bytes.length > maxFlyingBytes) {
      await Promise.race(this.#flying);
    }
    this.#throwFailure();
    this.#flyingBytes += bytes.length;
    const sum = crc32(bytes);
    const flight = this.#request("UploadPart", this.#signal, (store, signal) =>
      store.sendPart(this.#target, uploadId, { number, bytes, crc32: sum }, signal),
    )
      .then(
        (etag) => void this.#sent.push({ number, etag, crc32: sum }),
        (error: unknown) => {
          this.#failure ??= error;
          this.#stop.abort();
        },
      )
      .finally(() => {
        this.#flying.delete(flight);
        this.#flyingBytes -= bytes.length;
        this.#spare.push(buffer);
      });
    this.#flying.add(flight);
  }

  #throwFailure(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- rethrown unchanged
    if (this.#failure !== undefined) throw this.#failure;
    this.#signal.throwIfAborted();
  }

  /** Sends everything at once. */
  async #put(): Promise<void> {
    const bytes = (this.#part ?? Buffer.alloc(0)).subarray(0, this.#filled);
    this.#signal.throwIfAborted();
    await this.#conclude(
      "PutObject",
      (store, signal) => store.put(this.#target, bytes, this.#crc32, signal),
      () => this.#isStored(`"${createHash("md5").update(bytes).digest("hex")}"`),
    );
  }

  async #complete(id: Promise<string>): Promise<void> {
    if (this.#filled > 0) await this.#sendPart();
    await Promise.all(this.#flying);
    this.#throwFailure();
    const uploadId = await id;
    const parts = this.#sent.toSorted((one, other) => one.number - other.number);
    await this.#conclude(
      "CompleteMultipartUpload",
      (store, signal) =>
        store.complete(this.#target, uploadId, { parts, crc32: this.#crc32, size: this.#size }, signal),
      // An upload that could still be removed was not completed.
      async () => (await this.#remove(uploadId)) !== "removed" && this.#isStored(etagOf(parts)),
    );
  }

  /**
   * Sends the request that writes the object. If it fails after an answer was lost, finds out whether it succeeded.
   *
   * @throws UncertainOutputError if S3 does not tell.
   */
  async #conclude(
    operation: string,
    send: (store: UploadStore, signal: AbortSignal) => Promise<void>,
    succeeded: () => Promise<boolean>,
  ): Promise<void> {
    let doubtful = false;
    try {
      await this.#request(operation, this.#late(), async (store, signal) => {
        try {
          await send(store, signal);
        } catch (error) {
          doubtful ||= isDoubtful(error);
          throw error;
        }
      });
    } catch (error) {
      if (!doubtful) throw error;
      const written = await succeeded().catch(() => undefined);
      if (written === undefined) throw uncertain(this.#target, error);
      if (!written) throw error;
    }
  }

  /** Removes an upload and its parts. */
  async #remove(uploadId: string): Promise<"removed" | "gone" | "unknown"> {
    try {
      await this.#request("AbortMultipartUpload", AbortSignal.timeout(graceMs), (store, signal) =>
        store.abort(this.#target, uploadId, signal),
      );
      return "removed";
    } catch (error) {
      if (error instanceof ServiceError && error.serviceCode === "NoSuchUpload") return "gone";
      this.#context.onLeftover(leftoverNote(this.#target, uploadId));
      return "unknown";
    }
  }

  async #isStored(etag: string): Promise<boolean> {
    const stored = await this.#request("HeadObject", AbortSignal.timeout(graceMs), (store, signal) =>
      store.head(this.#target, signal),
    );
    if (stored?.size !== this.#size) return false;
    return stored.etag === etag || stored.crc32 === this.#crc32;
  }

  async #request<T>(
    operation: string,
    signal: AbortSignal,
    send: (store: UploadStore, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const store = await (this.#store ??= this.#context.openStore());
    return persist({ ...this.#context, signal }, operation, this.path, () => send(store, signal));
  }

  /** A signal for requests that are not cut short by an interruption, since their outcome must be known. */
  #late(): AbortSignal {
    const { signal } = this.#context;
    const late = new AbortController();
    const end = () => void setTimeout(() => late.abort(signal.reason), graceMs).unref();
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return late.signal;
  }
}

/** The ETag of an object in parts: the MD5 of the MD5s, and their number. */
function etagOf(parts: readonly SentPart[]): string {
  const sums = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ""), "hex"));
  return `"${createHash("md5").update(Buffer.concat(sums)).digest("hex")}-${parts.length}"`;
}

/** Tells whether the request may have succeeded although no answer says so. */
function isDoubtful(error: unknown): boolean {
  if (error instanceof CredentialsFailure) return false;
  const status = statusOf(error);
  return status === 0 || status >= 500;
}

function uncertain({ bucket, key }: UploadTarget, cause: unknown): UncertainOutputError {
  const said = cause instanceof NetworkError || cause instanceof ServiceError ? textsOf(cause).message : "interrupted";
  return new UncertainOutputError(
    message`cannot tell whether ${formatLocation({ bucket, key })} was written: ${said}`,
    {
      cause,
      service: "s3",
      operation: "HeadObject",
      statusCode: 0,
      serviceCode: "",
      hints: [
        `look at it: aws s3api head-object --bucket ${quoteForPosixShell(bucket)} --key ${quoteForPosixShell(key)}`,
        "run it again; what is there then is whole",
      ],
    },
  );
}

function leftoverNote({ bucket, key }: UploadTarget, uploadId: string): Text {
  return `parts of an unfinished upload were not removed: aws s3api abort-multipart-upload --bucket ${quoteForPosixShell(bucket)} --key ${quoteForPosixShell(key)} --upload-id ${quoteForPosixShell(uploadId)}`;
}

function tooLarge(location: string): UsageError {
  return new UsageError("ERR_OUTPUT", `cannot write ${location}: more than ${maxParts} parts`, {
    hints: [message`write several objects, such as one for each slice with ${setting("shard", "I/N")}`],
  });
}
