import { signedChunksLength, signedChunksPayload } from "../signing/chunks.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import { digestBody } from "./body.js";
import type { RequestBody } from "./body.js";
import { findHeader } from "../aws/http/header-fields.js";
import type { ServiceTraits } from "./service-traits.js";

export const unsignedPayload = "UNSIGNED-PAYLOAD";

/** What the signature says of the body, and how the body is framed. */
export interface Payload {
  /** Goes into the canonical request's last line. */
  readonly hash: string;
  /** Fields that describe the framing; they are not signed but for those of signed chunks. */
  readonly framing: HeaderFields;
  readonly signedFields: HeaderFields;
  readonly signedChunks: boolean;
  /** Octets that the body must have; undefined when nobody said. */
  readonly length: number | undefined;
  /** To be said aloud: why the signature does not cover the body. */
  readonly note: string | undefined;
}

const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface PayloadOptions {
  readonly body: RequestBody | undefined;
  readonly headers: HeaderFields;
  readonly method: string;
  readonly traits: ServiceTraits;
  /** Asked for by the caller. */
  readonly unsigned: boolean;
  readonly asymmetric: boolean;
}

/** Decides how a body is covered: by its hash where it can be read twice, else in signed chunks, else not at all. */
export async function describePayload(options: PayloadOptions): Promise<Payload> {
  const { body, headers, traits } = options;
  const given = findHeader(headers, "x-amz-content-sha256");
  const unsigned = options.unsigned || traits.unsignedPayload === "always";
  if (body === undefined) {
    const hash = given ?? (unsigned ? unsignedPayload : emptySha256);
    // A server may refuse these methods without a length, even of nothing.
    const framing: HeaderFields = ["POST", "PUT", "PATCH"].includes(options.method) ? [["content-length", "0"]] : [];
    return plain(hash, withoutGiven(framing, headers), 0);
  }
  if (given === undefined && !unsigned && body.replayable) {
    const { sha256, length } = await digestBody(body);
    return plain(sha256, withoutGiven([["content-length", String(length)]], headers), length);
  }
  const announced = findHeader(headers, "content-length");
  const length = body.length ?? (announced === undefined ? undefined : Number(announced));
  const framing: HeaderFields =
    length === undefined ? [["transfer-encoding", "chunked"]] : [["content-length", String(length)]];
  if (given !== undefined || unsigned) {
    return plain(given ?? unsignedPayload, withoutGiven(framing, headers), length);
  }
  if (traits.signedChunks && length !== undefined && !options.asymmetric) return chunked(length);
  return {
    ...plain(unsignedPayload, withoutGiven(framing, headers), length),
    note:
      traits.unsignedPayload === "no"
        ? "the body is a long pipe: it is sent unsigned (UNSIGNED-PAYLOAD), which this service may refuse; a file is hashed first"
        : "the body is a long pipe: it is sent unsigned (UNSIGNED-PAYLOAD)",
  };
}

function plain(hash: string, framing: HeaderFields, length: number | undefined): Payload {
  return { hash, framing, signedFields: [], signedChunks: false, length, note: undefined };
}

function chunked(length: number): Payload {
  return {
    hash: signedChunksPayload,
    framing: [["content-length", String(signedChunksLength(length))]],
    signedFields: [
      ["content-encoding", "aws-chunked"],
      ["x-amz-decoded-content-length", String(length)],
    ],
    signedChunks: true,
    length,
    note: "the body is a long pipe of known length: it is sent in signed chunks (aws-chunked)",
  };
}

function withoutGiven(framing: HeaderFields, headers: HeaderFields): HeaderFields {
  return framing.filter(([name]) => findHeader(headers, name) === undefined);
}
