import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { NetworkError } from "../errors.js";
import { message, setting } from "../message.js";

const decoders: Readonly<Record<string, (first: Uint8Array) => Duplex>> = {
  br: () => createBrotliDecompress(),
  // Some servers omit the zlib frame (RFC 9110 §8.4.1.2).
  deflate: (first) => (hasZlibHeader(first) ? createInflate() : createInflateRaw()),
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
};

/**
 * Decodes a body's content codings, the last applied first. An empty body stays empty; an unknown coding stops the
 * decoding.
 *
 * @param codings `Content-Encoding`, such as `gzip` or `deflate, br`.
 * @throws NetworkError `ERR_CONNECTION` when the bytes do not match the coding.
 */
export async function* decodeBody(body: AsyncIterable<Uint8Array>, codings: string): AsyncGenerator<Uint8Array> {
  const names = codings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const last = names.at(-1);
  const create = last !== undefined && Object.hasOwn(decoders, last) ? decoders[last] : undefined;
  if (last === undefined || create === undefined) {
    yield* body;
    return;
  }
  yield* decodeBody(decodeOne(body, last, create), names.slice(0, -1).join(","));
}

async function* decodeOne(
  body: AsyncIterable<Uint8Array>,
  coding: string,
  create: (first: Uint8Array) => Duplex,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (first.done !== true && first.value.length === 0) first = await iterator.next();
  if (first.done === true) return;
  const decoder = create(first.value);
  const pumped = pipeline(rest(first.value), decoder);
  pumped.catch(() => undefined);
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
    await pumped;
  } catch (error) {
    throw isDecodingFault(error) ? notOfCoding(coding, error) : error;
  }

  async function* rest(held: Uint8Array): AsyncGenerator<Uint8Array> {
    yield held;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
}

function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

function isDecodingFault(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /^(?:Z_|ERR__ERROR_|ERR_BROTLI|ERR_PADDING)/.test(code);
}

function notOfCoding(coding: string, cause: unknown): NetworkError {
  return new NetworkError("ERR_CONNECTION", `the body of the response is not whole and valid ${coding}`, {
    hints: [message`leave ${setting("compressed")} out to get the bytes as they were sent`],
    cause,
  });
}
