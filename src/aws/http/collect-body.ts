import { NetworkError } from "../../errors.js";
import type { Received } from "./transport.js";

/**
 * Reads a body into memory.
 *
 * @param tooLong How the error for a longer body begins.
 * @throws NetworkError
 */
export async function collectBody({ body, fault }: Received, maxBytes: number, tooLong: string): Promise<Buffer> {
  try {
    return await collectChunks(body as AsyncIterable<Uint8Array>, maxBytes, tooLong);
  } catch (error) {
    throw await fault(error);
  }
}

/** @throws NetworkError for a longer body */
export async function collectChunks(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new NetworkError("ERR_CONNECTION", `${tooLong} ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
