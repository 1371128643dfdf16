import { createHash } from "node:crypto";
import type { SignatureScheme } from "./scheme.js";
import type { Signature } from "./string-to-sign.js";

/** Replaces the payload hash if the chunks of a body are signed one by one. */
export const signedChunksPayload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

const emptyHash = createHash("sha256").digest("hex");
const signatureHexLength = 64;
/** S3 requires chunks of at least 8 KiB, except the last. */
export const chunkBytes = 256 * 1024;

/** Computes the length of the framed body, for `content-length`. */
export function signedChunksLength(decodedLength: number, size = chunkBytes): number {
  const frame = (length: number) => length.toString(16).length + ";chunk-signature=".length + signatureHexLength + 4;
  const whole = Math.floor(decodedLength / size);
  const rest = decodedLength % size;
  return whole * (frame(size) + size) + (rest === 0 ? 0 : frame(rest) + rest) + frame(0);
}

/**
 * Frames a body as `aws-chunked`. The signature of each chunk covers the previous one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export async function* signChunks(
  body: AsyncIterable<Uint8Array>,
  seed: Signature,
  scheme: SignatureScheme,
  size = chunkBytes,
): AsyncGenerator<Uint8Array> {
  let previous = seed.signature;
  const frame = async (chunk: Uint8Array): Promise<Uint8Array> => {
    const stringToSign = [
      "AWS4-HMAC-SHA256-PAYLOAD",
      seed.amzDate,
      seed.scope,
      previous,
      emptyHash,
      createHash("sha256").update(chunk).digest("hex"),
    ].join("\n");
    previous = await scheme.sign(stringToSign, seed.amzDate.slice(0, 8));
    const head = Buffer.from(`${chunk.length.toString(16)};chunk-signature=${previous}\r\n`);
    return Buffer.concat([head, chunk, Buffer.from("\r\n")]);
  };
  for await (const chunk of regroup(body, size)) yield await frame(chunk);
  yield await frame(new Uint8Array(0));
}

async function* regroup(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (let chunk of body) {
    while (length + chunk.length >= size) {
      const taken = size - length;
      yield Buffer.concat([...held, chunk.subarray(0, taken)]);
      held = [];
      length = 0;
      chunk = chunk.subarray(taken);
    }
    if (chunk.length > 0) held.push(chunk);
    length += chunk.length;
  }
  if (length > 0) yield Buffer.concat(held);
}
