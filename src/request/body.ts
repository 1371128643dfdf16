import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { systemCode, UsageError } from "../errors.js";
import { message, setting } from "../message.js";

/** A request body; opened once for its hash and once for each attempt. */
export interface RequestBody {
  /** In bytes; undefined if it is known only at the end. */
  readonly length: number | undefined;
  /** Whether it can be opened more than once. */
  readonly replayable: boolean;
  open(): AsyncIterable<Uint8Array>;
}

export type BodyPart =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** `withoutLineEnds` drops CR, LF and NUL, as curl's `-d @file` does. */
  | { readonly kind: "file"; readonly path: string; readonly name: string; readonly withoutLineEnds: boolean }
  | { readonly kind: "stream"; readonly stream: Readable; readonly withoutLineEnds: boolean };

const fileChunkBytes = 512 * 1024;
/** A pipe up to this size is buffered, hashed and signed. The limit exceeds what API Gateway and Lambda accept. */
export const bufferedPipeBytes = 16 * 1024 * 1024;

export function createBytesBody(bytes: Uint8Array): RequestBody {
  return {
    length: bytes.length,
    replayable: true,
    async *open() {
      if (bytes.length > 0) yield bytes;
    },
  };
}

/** Creates a body part from text. */
export function textPart(text: string): BodyPart {
  return { kind: "bytes", bytes: Buffer.from(text, "utf8") };
}

/** Reads a whole body or pipe into memory. */
export async function readWhole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read);
}

/**
 * Combines several parts into one body. Only a short pipe is held in memory.
 *
 * @throws UsageError `ERR_INPUT` when a file cannot be read.
 */
export async function createBody(parts: readonly BodyPart[]): Promise<RequestBody> {
  const sources = await Promise.all(parts.map(openPart));
  if (sources.length === 1 && sources[0] !== undefined) return sources[0];
  const lengths = sources.map(({ length }) => length);
  return {
    length: lengths.includes(undefined) ? undefined : lengths.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    replayable: sources.every(({ replayable }) => replayable),
    async *open() {
      for (const source of sources) yield* source.open();
    },
  };
}

async function openPart(part: BodyPart): Promise<RequestBody> {
  switch (part.kind) {
    case "bytes":
      return createBytesBody(part.bytes);
    case "stream":
      return bufferShortStream(part.withoutLineEnds ? withoutLineEnds(part.stream) : part.stream);
    case "file": {
      const found = await stat(part.path).catch((error: unknown) => {
        throw unreadable(part.name, error);
      });
      if (found.isDirectory()) throw unreadable(part.name, { code: "EISDIR" });
      const open = () => readFileChunks(part.path, part.name);
      if (!found.isFile()) return bufferShortStream(part.withoutLineEnds ? withoutLineEnds(open()) : open());
      return part.withoutLineEnds
        ? { length: undefined, replayable: true, open: () => withoutLineEnds(open()) }
        : { length: found.size, replayable: true, open };
    }
  }
}

async function* readFileChunks(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: fileChunkBytes }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, cause: unknown): UsageError {
  const code = systemCode(cause);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "permission denied",
    EISDIR: "it is a directory",
  };
  return new UsageError("ERR_INPUT", `the body cannot be read from ${name}: ${reasons[code] ?? code}`, {
    hints: [message`check the path after "@"; data that begins with "@" itself goes through ${setting("data-raw")}`],
  });
}

async function* withoutLineEnds(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.filter((octet) => octet !== 0x0a && octet !== 0x0d && octet !== 0);
}

async function bufferShortStream(chunks: AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  while (size <= bufferedPipeBytes) {
    const { done, value } = await iterator.next();
    if (done === true) return createBytesBody(Buffer.concat(held));
    held.push(value);
    size += value.length;
  }
  return {
    length: undefined,
    replayable: false,
    async *open() {
      for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    },
  };
}

export interface BodyDigest {
  readonly sha256: string;
  readonly length: number;
}

/** Reads the body once for its hash. Only for a replayable body. */
export async function digestBody(body: RequestBody): Promise<BodyDigest> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of body.open()) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { sha256: hash.digest("hex"), length };
}

/** Passes the body through and fails if its length differs from the signed one. */
export async function* checkLength(chunks: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > expected) break;
    yield chunk;
  }
  if (length !== expected) {
    const found = length > expected ? "more" : `${length}`;
    throw new UsageError("ERR_INPUT", `the body changed on its way out: ${expected} bytes announced, ${found} found`, {
      hints: ["send a file that nothing writes to meanwhile, or give the Content-Length that the pipe will have"],
    });
  }
}
