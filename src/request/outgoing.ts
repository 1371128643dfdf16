import type { AwsCredentials } from "../aws/credentials.js";
import { UsageError } from "../errors.js";
import { signChunks } from "../signing/chunks.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import type { PathSigning } from "../signing/canonical-request.js";
import { maxPresignSeconds, presignTarget } from "../signing/presign.js";
import { signWithHeaders } from "../signing/sign-headers.js";
import type { Signature } from "../signing/string-to-sign.js";
import type { SigningInput } from "../signing/sign-headers.js";
import { checkLength } from "./body.js";
import type { RequestBody } from "./body.js";
import { findHeader, withoutHeaders } from "../aws/http/header-fields.js";
import { describePayload, isChunked } from "./payload.js";
import { createScheme } from "./signing-scope.js";
import type { SigningScope } from "./signing-scope.js";
import { traitsOf } from "./service-traits.js";
import { formatRequestUrl } from "./target.js";
import type { RequestTarget } from "./target.js";

/** A request before it is signed. */
export interface Outgoing {
  readonly method: string;
  readonly target: RequestTarget;
  /** The caller's headers. All are signed, except those that proxies may change. */
  readonly headers: HeaderFields;
  /** Headers that a proxy may rewrite, such as `accept-encoding`: sent but not signed. */
  readonly unsignedHeaders: HeaderFields;
  readonly body: RequestBody | undefined;
}

export interface Signing {
  readonly credentials: AwsCredentials;
  readonly scope: SigningScope;
  readonly now: Date;
  /** Overrides the known behavior of the service. */
  readonly pathSigning?: PathSigning | undefined;
  readonly unsignedPayload?: boolean | undefined;
}

/** A request ready to be sent. */
export interface Prepared {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: HeaderFields;
  readonly openBody: (() => AsyncIterable<Uint8Array>) | undefined;
  /** Undefined if it is unknown before sending. */
  readonly bodyLength: number | undefined;
  /** Whether it can be sent again. */
  readonly replayable: boolean;
  /** Undefined if the request is unsigned. */
  readonly signature: Signature | undefined;
  /** To print as a note. */
  readonly note: string | undefined;
}

export async function prepareSigned(outgoing: Outgoing, signing: Signing): Promise<Prepared> {
  const { method, target, body } = outgoing;
  const traits = traitsOf(signing.scope.service);
  const scheme = createScheme(signing.credentials, signing.scope);
  const payload = await describePayload({
    body,
    headers: outgoing.headers,
    method,
    traits,
    unsigned: signing.unsignedPayload === true,
    asymmetric: scheme.regionSet !== undefined,
  });
  const given = payload.signedChunks ? withoutHeaders(outgoing.headers, ["content-length"]) : outgoing.headers;
  const signed = await signWithHeaders(
    { method, target: target.target, headers: [...withHost(given, target), ...payload.signedFields] },
    {
      ...signingInput(signing, scheme, payload.hash),
      // If the hash is not that of the body, the server needs to be told.
      sendPayloadHash: traits.wantsPayloadHash || !/^[0-9a-f]{64}$/.test(payload.hash),
      tokenUnsigned: false,
    },
  );
  return {
    method,
    target,
    headers: [...signed.headers, ...unsignedOnly(outgoing), ...payload.framing],
    openBody: body === undefined ? undefined : () => openBody(body, payload.length),
    bodyLength: payload.length,
    replayable: body === undefined || body.replayable,
    signature: signed,
    note: payload.note,
  };

  function openBody(source: RequestBody, length: number | undefined): AsyncIterable<Uint8Array> {
    const chunks = length === undefined ? source.open() : checkLength(source.open(), length);
    return payload.signedChunks ? signChunks(chunks, signed, scheme) : chunks;
  }
}

/** Prepares the request without a signature, for a host that must not see one. */
export function prepareUnsigned(outgoing: Outgoing): Prepared {
  const { method, target, headers, body } = outgoing;
  const framing: HeaderFields =
    body === undefined || findHeader(headers, "content-length") !== undefined || isChunked(headers)
      ? []
      : body.length === undefined
        ? [["transfer-encoding", "chunked"]]
        : [["content-length", String(body.length)]];
  return {
    method,
    target,
    headers: [...withHost(headers, target), ...unsignedOnly(outgoing), ...framing],
    openBody: body === undefined ? undefined : () => body.open(),
    bodyLength: body?.length,
    replayable: body === undefined || body.replayable,
    signature: undefined,
    note: undefined,
  };
}

export interface Presigned extends Signature {
  readonly url: string;
}

/**
 * Creates a presigned URL. It also signs the caller's headers, which must be sent with it.
 *
 * @param expiresInSeconds 1 to 604800.
 * @throws UsageError `ERR_ARGUMENT` when the time is out of range.
 */
export async function prepareUrl(outgoing: Outgoing, signing: Signing, expiresInSeconds: number): Promise<Presigned> {
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > maxPresignSeconds) {
    const found = `found ${expiresInSeconds}`;
    throw new UsageError("ERR_ARGUMENT", `a presigned URL is valid for 1 to ${maxPresignSeconds} s, ${found}`, {
      hints: ["a URL never outlives the session that signed it, whatever it says"],
    });
  }
  const traits = traitsOf(signing.scope.service);
  const unsigned = signing.unsignedPayload === true || traits.unsignedPayload !== "no";
  const payload = await describePayload({
    body: outgoing.body,
    headers: outgoing.headers,
    method: outgoing.method,
    traits: { ...traits, signedChunks: false },
    unsigned,
    asymmetric: signing.scope.regionSet !== undefined,
  });
  const signed = await presignTarget(
    { method: outgoing.method, target: outgoing.target.target, headers: withHost(outgoing.headers, outgoing.target) },
    {
      ...signingInput(signing, createScheme(signing.credentials, signing.scope), payload.hash),
      tokenUnsigned: traits.tokenUnsigned,
    },
    expiresInSeconds,
  );
  return { ...signed, url: formatRequestUrl({ ...outgoing.target, target: signed.target }) };
}

function signingInput({ now, pathSigning, scope }: Signing, scheme: SigningInput["scheme"], hash: string) {
  return {
    scheme,
    now,
    pathSigning: pathSigning ?? traitsOf(scope.service).pathSigning,
    payloadHash: hash,
  };
}

// A second header of a signed name would be joined with the first and break the signature.
function unsignedOnly({ headers, unsignedHeaders }: Outgoing): HeaderFields {
  return unsignedHeaders.filter(([name]) => findHeader(headers, name) === undefined);
}

function withHost(headers: HeaderFields, target: RequestTarget): HeaderFields {
  return findHeader(headers, "host") === undefined ? [["host", target.authority], ...headers] : headers;
}
