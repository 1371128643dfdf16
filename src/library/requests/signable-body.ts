import { UsageError } from "../../errors.js";
import { createBytesBody } from "../../request/body.js";
import type { RequestBody } from "../../request/body.js";
import type { SignedRequest } from "./options.js";

/** A body as signed and as sent. */
export interface SignableBody {
  /** Undefined without a body, and for a stream, which is not signed. */
  readonly signed: RequestBody | undefined;
  readonly sent: SignedRequest["body"];
  /** The content type that fetch would add if the caller gives none. */
  readonly contentType: string | undefined;
}

const nothing: SignableBody = { signed: undefined, sent: undefined, contentType: undefined };

/**
 * Reads every kind of body that `fetch` accepts, or explains why it cannot be signed.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export async function readSignableBody(body: unknown, unsignedPayload: boolean): Promise<SignableBody> {
  if (body === undefined || body === null) return nothing;
  if (typeof body === "string") return { ...bytesOf(Buffer.from(body)), sent: body };
  if (body instanceof URLSearchParams) {
    const text = body.toString();
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return { ...bytesOf(Buffer.from(text)), sent: text, contentType };
  }
  if (body instanceof ArrayBuffer || (typeof SharedArrayBuffer === "function" && body instanceof SharedArrayBuffer))
    return bytesOf(new Uint8Array(body));
  if (ArrayBuffer.isView(body)) return bytesOf(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  if (body instanceof Blob) {
    const contentType = body.type === "" ? undefined : body.type;
    return { ...bytesOf(new Uint8Array(await body.arrayBuffer())), contentType };
  }
  if (body instanceof ReadableStream && unsignedPayload) return { ...nothing, sent: body };
  if (body instanceof FormData) {
    throw refuse("a form gets its boundary only when it is sent, so it cannot be signed before", [
      "turn it into bytes first: new Request(url, { method, body }) gives its arrayBuffer() and content-type",
    ]);
  }
  if (typeof body === "object" && (Symbol.asyncIterator in body || body instanceof ReadableStream)) {
    throw refuse("a stream cannot be hashed before it is sent", [
      "read it into bytes, or leave the body out of the signature with unsignedPayload and a ReadableStream",
    ]);
  }
  throw refuse(`a body of type ${typeof body} is not one that is sent`, [
    "give a string, an ArrayBuffer or a view of one, URLSearchParams or a Blob",
  ]);
}

function bytesOf(bytes: Uint8Array): SignableBody {
  return { signed: createBytesBody(bytes), sent: bytes, contentType: undefined };
}

function refuse(said: string, hints: readonly string[]): UsageError {
  return new UsageError("ERR_ARGUMENT", said, { hints });
}
