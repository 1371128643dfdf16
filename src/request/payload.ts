import { signedChunksLength, signedChunksPayload } from "../signing/chunks.js";
import { UsageError } from "../errors.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import { digestBody } from "./body.js";
import type { RequestBody } from "./body.js";
import { findHeader } from "../aws/http/header-fields.js";
import type { ServiceTraits } from "./service-traits.js";

export const unsignedPayload = "UNSIGNED-PAYLOAD";

/** How the signature covers the body, and how the body is framed. */
export interface Payload {
  /** The last line of the canonical request. */
  readonly hash: string;
  /** Framing headers. They are not signed; those of signed chunks are in `signedFields`. */
  readonly framing: HeaderFields;
  readonly signedFields: HeaderFields;
  readonly signedChunks: boolean;
  /** The required length of the body; undefined if unknown. */
  readonly length: number | undefined;
  /** To print as a note: why the signature does not cover the body. */
  readonly note: string | undefined;
}

const bodyless: ReadonlySet<string> = new Set(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "TRACE"]);
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface PayloadOptions {
  readonly body: RequestBody | undefined;
  readonly headers: HeaderFields;
  readonly method: string;
  readonly traits: ServiceTraits;
  /** Requested by the caller. */
  readonly unsigned: boolean;
  readonly asymmetric: boolean;
}

/** Chooses how to sign a body: by its hash if it can be read twice, else in signed chunks, else not at all. */
export async function describePayload(options: PayloadOptions): Promise<Payload> {
  const payload = await coverPayload(options);
  return isChunked(options.headers)
    ? { ...payload, framing: payload.framing.filter(([name]) => name !== "content-length") }
    : payload;
}

/** Tells whether the caller asks for a chunked body, which excludes a length (RFC 9112 §6.2). */
export function isChunked(headers: HeaderFields): boolean {
  return /(?:^|,)\s*chunked\s*$/i.test(findHeader(headers, "transfer-encoding") ?? "");
}

async function coverPayload(options: PayloadOptions): Promise<Payload> {
  const { body, headers, traits } = options;
  const announced = announcedLength(headers);
  const given = findHeader(headers, "x-amz-content-sha256");
  const unsigned = options.unsigned || traits.unsignedPayload === "always";
  if (body === undefined) {
    refuseOtherLength(announced, 0);
    const hash = given ?? (unsigned ? unsignedPayload : emptySha256);
    // A server may refuse a method that takes a body if there is no length, even for an empty body.
    const framing: HeaderFields = bodyless.has(options.method) ? [] : [["content-length", "0"]];
    return plain(hash, withoutGiven(framing, headers), 0);
  }
  if (given === undefined && !unsigned && body.replayable) {
    const { sha256, length } = await digestBody(body);
    refuseOtherLength(announced, length);
    return plain(sha256, withoutGiven([["content-length", String(length)]], headers), length);
  }
  if (body.length !== undefined) refuseOtherLength(announced, body.length);
  const length = body.length ?? announced;
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

/** @throws UsageError `ERR_CONFLICT`, `ERR_ARGUMENT` */
function announcedLength(headers: HeaderFields): number | undefined {
  const announced = findHeader(headers, "content-length");
  if (announced === undefined) return undefined;
  if (isChunked(headers)) {
    throw new UsageError(
      "ERR_CONFLICT",
      "content-length and transfer-encoding exclude each other, and both were given",
      {
        hints: ["leave both out: the length is derived from the body"],
      },
    );
  }
  if (/^\d+$/.test(announced)) return Number(announced);
  throw new UsageError("ERR_ARGUMENT", "the content-length that was given is not a number of bytes", {
    hints: ["leave it out: the length is derived from the body"],
  });
}

function refuseOtherLength(announced: number | undefined, found: number): void {
  if (announced === undefined || announced === found) return;
  throw new UsageError(
    "ERR_CONFLICT",
    `the content-length that was given is ${announced}, and the body has ${found} bytes`,
    {
      hints: ["leave it out: the length is derived from the body"],
    },
  );
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
